namespace Gateway.Providers.Failover;

/// <summary>How an attempt ended.</summary>
public enum AttemptOutcome
{
    /// <summary>It gave the client its answer, or the rest of it.</summary>
    Answered,

    /// <summary>It gave none, or not all of one.</summary>
    Failed,

    /// <summary>Another attempt had something to deliver first, and this one was cancelled.</summary>
    Overtaken,

    /// <summary>The client went away.</summary>
    Abandoned,
}
