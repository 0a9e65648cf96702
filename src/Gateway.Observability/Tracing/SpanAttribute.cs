namespace Gateway.Observability.Tracing;

/// <summary>
/// Attributes of spans. Those named <c>gen_ai.*</c>, <c>server.*</c> and <c>error.type</c> are OpenTelemetry's
/// (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/). Prompts and answers are never among them.
/// </summary>
public static class SpanAttribute
{
    /// <summary><c>chat</c>, <c>text_completion</c> or <c>embeddings</c>.</summary>
    public const string Operation = "gen_ai.operation.name";

    /// <summary>The provider's name in the catalogue.</summary>
    public const string Provider = "gen_ai.provider.name";

    /// <summary>Of the request: what the client asked for. Of an attempt: the name sent to the provider.</summary>
    public const string RequestModel = "gen_ai.request.model";

    /// <summary>The model that answered, by its name in the catalogue.</summary>
    public const string ResponseModel = "gen_ai.response.model";

    /// <summary>The longest answer that the client takes, in tokens.</summary>
    public const string MaxTokens = "gen_ai.request.max_tokens";

    public const string InputTokens = "gen_ai.usage.input_tokens";

    public const string OutputTokens = "gen_ai.usage.output_tokens";

    /// <summary>The host of the provider.</summary>
    public const string ServerAddress = "server.address";

    public const string ServerPort = "server.port";

    /// <summary>The gateway's error code; absent when all went well.</summary>
    public const string ErrorType = "error.type";

    /// <summary>As in <c>x-request-id</c>.</summary>
    public const string RequestId = "gateway.request.id";

    public const string Route = "gateway.route";

    /// <summary>How many calls were made until the one that answered.</summary>
    public const string Attempts = "gateway.attempts";

    /// <summary>Why an attempt was made: <c>first</c>, <c>retry</c>, <c>failover</c>, <c>hedge</c> or <c>continuation</c>.</summary>
    public const string Role = "gateway.attempt.role";

    /// <summary>How an attempt ended, as the label <c>outcome</c> of <c>gateway_attempts_total</c>.</summary>
    public const string Outcome = "gateway.attempt.outcome";

    /// <summary>Seconds from the span's start to its first token.</summary>
    public const string FirstToken = "gateway.first_token";

    /// <summary>US dollars with nine decimals, as in <c>x-gateway-cost-usd</c>.</summary>
    public const string Cost = "gateway.cost_usd";
}
