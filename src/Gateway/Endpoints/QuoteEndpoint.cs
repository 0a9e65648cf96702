using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.OpenAI;
using Gateway.Pipeline;
using Gateway.Policies;
using Gateway.Providers;
using Gateway.Spending;

namespace Gateway.Endpoints;

/// <summary>
/// <c>POST /v1/quote</c>: takes the body of a chat completion and answers with what it would cost, by model, and what the caller's limits
/// leave. Nothing is called, and nothing is spent.
/// </summary>
internal static class QuoteEndpoint
{
    public static void MapQuote(this IEndpointRouteBuilder endpoints) => endpoints.MapPost("/v1/quote", AnswerAsync);

    private static async Task AnswerAsync(HttpContext http)
    {
        var services = http.RequestServices;
        var request = new GatewayRequest(
            http, OpenAIEndpoint.ChatCompletions, services.GetRequiredService<PolicyStore>().Current, services.GetRequiredService<TimeProvider>());
        try
        {
            services.GetRequiredService<AuthenticateStage>().Run(request);
            await services.GetRequiredService<ReadStage>().RunAsync(request);
            var quote = await services.GetRequiredService<Quoting>().QuoteAsync(request);
            var body = JsonSerializer.SerializeToUtf8Bytes(quote, QuoteJson.Default.Quote);
            http.Response.ContentType = AnswerHead.Json;
            http.Response.ContentLength = body.Length;
            await http.Response.Body.WriteAsync(body, http.RequestAborted);
        }
        catch (GatewayException exception)
        {
            await ErrorAnswer.WriteAsync(http, exception.Error);
        }
        catch (OperationCanceledException) when (request.IsAbandoned || http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to be told, and nothing was begun.
        }
    }
}
