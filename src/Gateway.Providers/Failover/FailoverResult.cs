using System.Collections.Immutable;

namespace Gateway.Providers.Failover;

/// <summary>What became of a request.</summary>
/// <param name="Attempts">Every call, in the order of their starts; empty when no circuit let one through.</param>
/// <param name="Failure">Why the client has no whole answer; null when it has one.</param>
public sealed record FailoverResult(ImmutableArray<AttemptRecord> Attempts, AttemptFailure? Failure)
{
    /// <summary>What was measured of the attempt that answered, else of the one that ended last; null when there was none.</summary>
    public AnswerMeter? Meter { get; init; }

    /// <summary>Whether the client went away before its answer was whole.</summary>
    public bool IsAbandoned { get; init; }
}
