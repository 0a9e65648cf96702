using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Explaining;
using Gateway.Pipeline;
using Gateway.Routing;

namespace Gateway.Endpoints;

/// <summary>
/// <c>POST /v1/route/explain</c>: takes the body of a chat completion, a completion or embeddings and answers with the plan that it would get, and why. Nothing is
/// called, and nothing is spent.
/// </summary>
internal static class RouteExplainEndpoint
{
    public static void MapRouteExplain(this IEndpointRouteBuilder endpoints) => endpoints.MapPost("/v1/route/explain", AnswerAsync);

    private static Task AnswerAsync(HttpContext http) => UnspentAnswer.WriteAsync(http, request =>
    {
        var plan = http.RequestServices.GetRequiredService<PlanStage>();
        return Task.FromResult(JsonSerializer.SerializeToUtf8Bytes(Explain(plan.Describe(request)), ExplanationJson.Readable.RouteExplanation));
    });

    /// <exception cref="GatewayException">The name leads to no candidate, so that there is nothing to explain.</exception>
    private static RouteExplanation Explain(in RoutingRequest request)
    {
        var decision = Router.Explain(request);
        return decision.HasPlan || decision.Refusal == RoutingRefusal.NoCandidate
            ? RouteExplanation.Of(request, decision)
            : throw PlanStage.Refuse(request.Name, decision);
    }
}
