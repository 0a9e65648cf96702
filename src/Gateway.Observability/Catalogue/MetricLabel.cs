namespace Gateway.Observability.Catalogue;

/// <summary>Label keys in OpenTelemetry's notation; Prometheus sees dots as underscores.</summary>
public static class MetricLabel
{
    /// <summary>The route's name, or the model that the client asked for by a name of the catalogue; <see cref="Other"/> for every other name.</summary>
    public const string Route = "route";

    /// <summary>The model's name in the catalogue; <see cref="None"/> when no candidate was chosen.</summary>
    public const string Model = "model";

    /// <summary>The provider's name in the catalogue; <see cref="None"/> when no candidate was chosen.</summary>
    public const string Provider = "provider";

    /// <summary><c>true</c> for an answer as an event stream, <c>false</c> for one in one piece.</summary>
    public const string Stream = "stream";

    /// <summary>How it ended; the values are those of the metric.</summary>
    public const string Outcome = "outcome";

    /// <summary>The gateway's error code, from its closed vocabulary; <see cref="None"/> without an error.</summary>
    public const string Code = "code";

    /// <summary>Why an attempt was made.</summary>
    public const string Role = "role";

    /// <summary>The model, as provider/model, that a request went away from.</summary>
    public const string From = "from";

    /// <summary>The model, as provider/model, that a request went to.</summary>
    public const string To = "to";

    /// <summary>The kind of failure, as failover.yaml names it, or <see cref="CircuitOpen"/>.</summary>
    public const string Cause = "cause";

    /// <summary>The kind of token.</summary>
    public const string Kind = "kind";

    /// <summary>The architecture of a model in the engine.</summary>
    public const string Family = "family";

    /// <summary>The form that most weights of a model in the engine have, such as <c>Q8_0</c>.</summary>
    public const string Weights = "weights";

    /// <summary>Where the engine computes, and with which kernels.</summary>
    public const string Device = "device";

    /// <summary>Who is admitted to the engine first: <c>low</c>, <c>normal</c> or <c>high</c>.</summary>
    public const string Priority = "priority";

    /// <summary>The team of the virtual key; <see cref="None"/> for callers without one.</summary>
    public const string Team = "team";

    /// <summary>The name of a limit in <c>budgets.yaml</c>.</summary>
    public const string Limit = "limit";

    /// <summary>Whose counter of a limit it is: a team, a key or whatever the limit counts by; <c>least</c> for the user or tag with the least left.</summary>
    public const string Scope = "scope";

    /// <summary>SHA-256 of the policy files.</summary>
    public const string ContentHash = "content_hash";

    /// <summary>The version of the gateway.</summary>
    public const string Version = "version";

    /// <summary>The .NET runtime.</summary>
    public const string Runtime = "runtime";

    /// <summary>OpenTelemetry, GenAI conventions: <c>chat</c>, <c>text_completion</c> or <c>embeddings</c>.</summary>
    public const string Operation = "gen_ai.operation.name";

    /// <summary>OpenTelemetry, GenAI conventions; the provider's name in the catalogue.</summary>
    public const string GenAIProvider = "gen_ai.provider.name";

    /// <summary>OpenTelemetry, GenAI conventions; the model's name in the catalogue.</summary>
    public const string RequestModel = "gen_ai.request.model";

    /// <summary>OpenTelemetry, GenAI conventions: as <see cref="Stream"/>.</summary>
    public const string RequestStream = "gen_ai.request.stream";

    /// <summary>OpenTelemetry, GenAI conventions: <c>input</c> or <c>output</c>.</summary>
    public const string TokenType = "gen_ai.token.type";

    /// <summary>OpenTelemetry: the gateway's error code; absent when all went well.</summary>
    public const string ErrorType = "error.type";

    /// <summary>
    /// Not a label of any series but of exemplars: the request's id, as in <c>x-request-id</c>. Like every tag that a definition does not
    /// list, it never makes a series.
    /// </summary>
    public const string RequestId = "request_id";

    /// <summary>OpenTelemetry's mark of the series that takes what is above a metric's limit of series.</summary>
    public const string Overflow = "otel.metric.overflow";

    /// <summary>The value for names that the catalogue does not have.</summary>
    public const string Other = "other";

    /// <summary>The value of <see cref="Cause"/> when a model was passed over without a call.</summary>
    public const string CircuitOpen = "circuit_open";

    /// <summary>The value where there is nothing to name.</summary>
    public const string None = "none";
}
