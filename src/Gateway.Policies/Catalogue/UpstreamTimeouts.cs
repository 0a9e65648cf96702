namespace Gateway.Policies;

/// <summary>How long the way to a provider may take. What its answers may take is in <see cref="AttemptRules"/>.</summary>
public sealed record UpstreamTimeouts
{
    /// <summary>To open a connection, TLS included: above 0, at most an hour. The default value is 5 seconds.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(5);
}
