namespace Gateway.Policies;

/// <summary>How often and after which pause the same candidate is tried again.</summary>
public sealed record RetryPolicy
{
    public static RetryPolicy Default { get; } = new();

    /// <summary>Tries after the first one, for each candidate: 0 to 5. The default value is 1.</summary>
    public int Times { get; init; } = 1;

    /// <summary>
    /// The pause before the first retry; each further one doubles it. The pause really taken is drawn evenly from half of it to all of it,
    /// so that clients that failed together do not come back together. From 0.001 seconds to an hour. The default value is 0.25 seconds.
    /// </summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromSeconds(0.25);

    /// <summary>The longest pause that doubling leads to. The default value is 4 seconds.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>
    /// A provider that asks to wait (<c>Retry-After</c>, RFC 9110 section 10.2.3) up to this long is waited for when no other candidate
    /// is left; when it asks for longer, the client is told. The default value is 3 seconds.
    /// </summary>
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromSeconds(3);
}
