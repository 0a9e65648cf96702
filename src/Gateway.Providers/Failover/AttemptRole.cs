namespace Gateway.Providers.Failover;

/// <summary>Why an attempt was made.</summary>
public enum AttemptRole
{
    /// <summary>The first of its request.</summary>
    First,

    /// <summary>The same candidate again after a failure.</summary>
    Retry,

    /// <summary>Another candidate after a failure.</summary>
    Failover,

    /// <summary>Another candidate beside one that is slow.</summary>
    Hedge,

    /// <summary>Going on with an answer that broke off after the client had seen part of it.</summary>
    Continuation,
}
