namespace Gateway.Policies;

/// <summary>What went wrong with an attempt, as far as a policy may tell it apart. The names in files are in snake case: <c>rate_limited</c>.</summary>
public enum FailureKind
{
    /// <summary>429: the provider takes no more for now.</summary>
    RateLimited,

    /// <summary>The account has no credit or quota left (429 or 402 with <c>insufficient_quota</c>): waiting does not help.</summary>
    QuotaExhausted,

    /// <summary>503 or 529.</summary>
    Overloaded,

    /// <summary>Any other status from 500 on, or an error inside the stream.</summary>
    ServerError,

    /// <summary>No connection, or one that broke before the head of the answer.</summary>
    Unreachable,

    /// <summary>No first token, or for an answer in one piece no answer, within its limit.</summary>
    Timeout,

    /// <summary>Tokens came, then none within the limit between two.</summary>
    Stalled,

    /// <summary>The connection ended before the answer was complete.</summary>
    Truncated,

    /// <summary>What came is no answer of the dialect.</summary>
    InvalidResponse,

    /// <summary>The provider refused the gateway's credentials.</summary>
    Authentication,

    /// <summary>The provider does not know the model.</summary>
    ModelNotFound,

    /// <summary>Prompt and answer do not fit the model's window.</summary>
    ContextLength,

    /// <summary>The provider's content policy refused the prompt.</summary>
    ContentFilter,

    /// <summary>Any other status from 400 to 499: the request itself is at fault.</summary>
    BadRequest,

    /// <summary>The model continued no assistant message although its card says that it can.</summary>
    PrefillRejected,
}
