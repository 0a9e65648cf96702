using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.OpenAI;
using Gateway.Explaining;
using Gateway.Pipeline;
using Gateway.Policies;
using Gateway.Providers;
using Gateway.Routing;

namespace Gateway.Endpoints;

/// <summary>
/// <c>POST /v1/route/explain</c>: takes the body of a chat completion and answers with the plan that it would get, and why. Nothing is
/// called, and nothing is spent.
/// </summary>
internal static class RouteExplainEndpoint
{
    public static void MapRouteExplain(this IEndpointRouteBuilder endpoints) => endpoints.MapPost("/v1/route/explain", AnswerAsync);

    private static async Task AnswerAsync(HttpContext http)
    {
        var services = http.RequestServices;
        var request = new GatewayRequest(
            http, OpenAIEndpoint.ChatCompletions, services.GetRequiredService<PolicyStore>().Current, services.GetRequiredService<TimeProvider>());
        try
        {
            services.GetRequiredService<AuthenticateStage>().Run(request);
            await services.GetRequiredService<ReadStage>().RunAsync(request);
            var body = JsonSerializer.SerializeToUtf8Bytes(
                Explain(services.GetRequiredService<PlanStage>().Describe(request)), ExplanationJson.Readable.RouteExplanation);
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

    /// <exception cref="GatewayException">The name leads to no candidate, so that there is nothing to explain.</exception>
    private static RouteExplanation Explain(in RoutingRequest request)
    {
        var decision = Router.Explain(request);
        return decision.HasPlan || decision.Refusal == RoutingRefusal.NoCandidate
            ? RouteExplanation.Of(request, decision)
            : throw PlanStage.Refuse(request.Name, decision);
    }
}
