namespace Gateway.Policies;

/// <summary>How long a provider may take. Each is above 0 and at most one hour.</summary>
public sealed record UpstreamTimeouts
{
    /// <summary>To open a connection, TLS included. The default value is 5 seconds.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From the request being sent to the response's headers. The default value is 120 seconds.</summary>
    public TimeSpan Response { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Silence between two reads of a response's body. The default value is 60 seconds.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(60);
}
