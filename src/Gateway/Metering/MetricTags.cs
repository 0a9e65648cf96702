using System.Diagnostics;
using Gateway.Contracts.OpenAI;
using Gateway.Observability.Catalogue;
using Gateway.Pipeline;
using Gateway.Policies;
using Gateway.Providers.Failover;

namespace Gateway.Metering;

/// <summary>
/// The tags of measurements. Every value is from the catalogue or from a closed set: what a client typed is only ever used once the
/// catalogue has it.
/// </summary>
internal static class MetricTags
{
    public static string Stream(OpenAIRequest? request) => request is { Stream: true } ? "true" : "false";

    public static string Route(GatewayRequest request) => request.Plan?.Route ?? MetricLabel.Other;

    public static string Model(GatewayRequest request) => request.Model?.Name ?? MetricLabel.None;

    public static string Provider(GatewayRequest request) => request.Model?.Provider ?? MetricLabel.None;

    /// <summary>The operation, as the GenAI conventions name it.</summary>
    public static string Operation(OpenAIEndpoint endpoint) => endpoint switch
    {
        OpenAIEndpoint.ChatCompletions => "chat",
        OpenAIEndpoint.Completions => "text_completion",
        _ => "embeddings",
    };

    public static string Role(AttemptRole role) => role switch
    {
        AttemptRole.First => "first",
        AttemptRole.Retry => "retry",
        AttemptRole.Failover => "failover",
        AttemptRole.Hedge => "hedge",
        _ => "continuation",
    };

    public static string Outcome(AttemptOutcome outcome) => outcome switch
    {
        AttemptOutcome.Answered => MetricOutcome.Success,
        AttemptOutcome.Failed => MetricOutcome.Error,
        AttemptOutcome.Overtaken => MetricOutcome.Overtaken,
        _ => MetricOutcome.Abandoned,
    };

    /// <summary>The labels that metrics of a whole answer have, and the request as example.</summary>
    public static TagList Answer(GatewayRequest request) => new()
    {
        { MetricLabel.Route, Route(request) },
        { MetricLabel.Model, Model(request) },
        { MetricLabel.Provider, Provider(request) },
        { MetricLabel.Stream, Stream(request.Body) },
        { MetricLabel.RequestId, request.Id },
    };

    /// <summary>The labels that all metrics of the GenAI conventions have.</summary>
    public static TagList GenAI(OpenAIEndpoint endpoint, ModelCard model) => new()
    {
        { MetricLabel.Operation, Operation(endpoint) },
        { MetricLabel.GenAIProvider, model.Provider },
        { MetricLabel.RequestModel, model.Name },
    };
}
