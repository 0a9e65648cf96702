namespace Gateway.Policies;

/// <summary>Whose requests the local engine admits first when not all can run.</summary>
public enum RequestPriority
{
    /// <summary>After the others: work that nobody waits for.</summary>
    Low,

    /// <summary>The default.</summary>
    Normal,

    /// <summary>Before the others.</summary>
    High,
}
