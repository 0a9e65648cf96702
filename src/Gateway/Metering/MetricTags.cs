using System.Diagnostics;
using Gateway.Contracts.OpenAI;
using Gateway.Observability.Catalogue;
using Gateway.Pipeline;
using Gateway.Policies;

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
        { MetricLabel.Operation, endpoint == OpenAIEndpoint.ChatCompletions ? "chat" : "text_completion" },
        { MetricLabel.GenAIProvider, model.Provider },
        { MetricLabel.RequestModel, model.Name },
    };
}
