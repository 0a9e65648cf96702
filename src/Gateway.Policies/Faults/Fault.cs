namespace Gateway.Policies;

/// <summary>One thing that a provider does wrong, and for which of its calls.</summary>
public sealed record Fault
{
    public required FaultKind Kind { get; init; }

    /// <summary>For <see cref="FaultKind.Status"/>: the HTTP status, 400 to 599.</summary>
    public int Status { get; init; }

    /// <summary>For <see cref="FaultKind.Status"/>: the header <c>Retry-After</c>, in whole seconds; null for none.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>For <see cref="FaultKind.Status"/>: <c>error.code</c> of the body; null for what providers usually say with the status.</summary>
    public string? Code { get; init; }

    /// <summary>For <see cref="FaultKind.Status"/>: <c>error.message</c> of the body; null for what providers usually say with the status.</summary>
    public string? Message { get; init; }

    /// <summary>
    /// How long: the silence of <see cref="FaultKind.StallAfter"/> (null for ever), the delay of <see cref="FaultKind.SlowFirstToken"/> and
    /// <see cref="FaultKind.SlowTokens"/>, and for errors the time until they come (null for at once).
    /// </summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>After how many tokens the middle of the answer is; at least 0.</summary>
    public int Tokens { get; init; }

    /// <summary>How many calls it strikes; null for all of them.</summary>
    public int? Times { get; init; }

    /// <summary>From when on it strikes, counted from its injection.</summary>
    public TimeSpan From { get; init; }

    /// <summary>How long it strikes from then on; null until it is taken away.</summary>
    public TimeSpan? For { get; init; }

    /// <summary>The share of calls that it strikes, drawn alike each time: above 0, up to 1, which is the default.</summary>
    public double Share { get; init; } = 1;

    /// <summary>Whether it may strike a moment that lies this long after its injection.</summary>
    public bool Covers(TimeSpan since) => since >= From && !(since - From >= For);
}
