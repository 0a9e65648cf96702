using Gateway.Contracts.OpenAI;
using Gateway.Pipeline;

namespace Gateway.Endpoints;

/// <summary><c>POST /v1/chat/completions</c>, <c>POST /v1/completions</c> and <c>POST /v1/embeddings</c>: what models answer.</summary>
public static class InferenceEndpoints
{
    public static void MapInference(this IEndpointRouteBuilder endpoints)
    {
        var pipeline = endpoints.ServiceProvider.GetRequiredService<GatewayPipeline>();
        endpoints.MapPost("/v1/chat/completions", http => pipeline.RunAsync(http, OpenAIEndpoint.ChatCompletions));
        endpoints.MapPost("/v1/completions", http => pipeline.RunAsync(http, OpenAIEndpoint.Completions));
        endpoints.MapPost("/v1/embeddings", http => pipeline.RunAsync(http, OpenAIEndpoint.Embeddings));
    }
}
