using System.Text.Json;
using Gateway.Spending;

namespace Gateway.Endpoints;

/// <summary>
/// <c>POST /v1/quote</c>: takes the body of a chat completion, a completion or embeddings and answers with what it would cost, by model, and what the caller's limits
/// leave. Nothing is called, and nothing is spent.
/// </summary>
internal static class QuoteEndpoint
{
    public static void MapQuote(this IEndpointRouteBuilder endpoints) => endpoints.MapPost("/v1/quote", AnswerAsync);

    private static Task AnswerAsync(HttpContext http) => UnspentAnswer.WriteAsync(http, async request =>
    {
        var quote = await http.RequestServices.GetRequiredService<Quoting>().QuoteAsync(request);
        return JsonSerializer.SerializeToUtf8Bytes(quote, QuoteJson.Default.Quote);
    });
}
