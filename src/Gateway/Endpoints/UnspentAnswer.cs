using Gateway.Contracts.Errors;
using Gateway.Contracts.OpenAI;
using Gateway.Pipeline;
using Gateway.Policies;
using Gateway.Providers;

namespace Gateway.Endpoints;

/// <summary>The way of a request that is authenticated and read, but calls nobody and spends nothing.</summary>
internal static class UnspentAnswer
{
    /// <param name="http">Its body is that of a chat completion, a completion or embeddings.</param>
    /// <param name="answer">The JSON that answers the request, once it has been read.</param>
    public static async Task WriteAsync(HttpContext http, Func<GatewayRequest, Task<byte[]>> answer)
    {
        var services = http.RequestServices;
        var request = new GatewayRequest(
            http, OpenAIEndpoint.ChatCompletions, services.GetRequiredService<PolicyStore>().Current, services.GetRequiredService<TimeProvider>());
        try
        {
            services.GetRequiredService<AuthenticateStage>().Run(request);
            await services.GetRequiredService<ReadStage>().RunForAnyEndpointAsync(request);
            var body = await answer(request);
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
