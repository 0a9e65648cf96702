using Gateway.Contracts.OpenAI;
using Gateway.Pipeline;

namespace Gateway.Endpoints;

/// <summary><c>POST /v1/chat/completions</c> and <c>POST /v1/completions</c>.</summary>
public static class GenerationEndpoints
{
    public static void MapGeneration(this IEndpointRouteBuilder endpoints)
    {
        var pipeline = endpoints.ServiceProvider.GetRequiredService<GatewayPipeline>();
        endpoints.MapPost("/v1/chat/completions", http => pipeline.RunAsync(http, OpenAIEndpoint.ChatCompletions));
        endpoints.MapPost("/v1/completions", http => pipeline.RunAsync(http, OpenAIEndpoint.Completions));
    }
}
