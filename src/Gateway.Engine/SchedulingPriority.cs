namespace Gateway.Engine;

/// <summary>Who is admitted first when not everybody can be. It orders requests and changes no answer.</summary>
public enum SchedulingPriority
{
    /// <summary>Work that nobody waits for.</summary>
    Low,

    /// <summary>The default.</summary>
    Normal,

    /// <summary>Work that must not wait behind others.</summary>
    High,
}
