namespace Gateway.Policies;

/// <summary>
/// What a provider may be made to do wrong, in scenarios and in a running gateway. The names in files are in snake case:
/// <c>slow_first_token</c>.
/// </summary>
public enum FaultKind
{
    /// <summary>Answers with an error status.</summary>
    Status,

    /// <summary>Resets the connection before the head of the answer.</summary>
    Reset,

    /// <summary>Takes the request and never answers.</summary>
    Hang,

    /// <summary>Begins to answer late.</summary>
    SlowFirstToken,

    /// <summary>Pauses before every token.</summary>
    SlowTokens,

    /// <summary>Closes the connection in the middle of the answer.</summary>
    CutAfter,

    /// <summary>Goes silent in the middle of the answer, for a while or for ever.</summary>
    StallAfter,

    /// <summary>Sends an event that is no JSON in the middle of the answer.</summary>
    MalformedEvent,

    /// <summary>Sends the whole answer, but no end mark, and keeps the connection open.</summary>
    NoDone,

    /// <summary>Refuses the prompt as too long: 400 with <c>context_length_exceeded</c>.</summary>
    ContextLength,

    /// <summary>Refuses the prompt by its content policy: 400 with <c>content_policy_violation</c>.</summary>
    ContentFilter,

    /// <summary>Refuses to continue an answer that another model began: 400. Other requests are answered.</summary>
    RejectPrefill,
}
