using Gateway.Contracts.OpenAI;
using Gateway.Policies;

namespace Gateway.Providers.Failover;

/// <summary>One call of a provider, for the record of its request.</summary>
public sealed record AttemptRecord
{
    public required ModelCard Model { get; init; }

    public required AttemptRole Role { get; init; }

    public required AttemptOutcome Outcome { get; init; }

    /// <summary>Since the request came.</summary>
    public required TimeSpan StartedAfter { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>From the attempt's start to its first token; null when none came.</summary>
    public TimeSpan? FirstToken { get; init; }

    /// <summary>Why it failed; null when it did not.</summary>
    public AttemptFailure? Failure { get; init; }

    /// <summary><see cref="AnswerMeter.TokensSeen"/> of its answer.</summary>
    public long TokensSeen { get; init; }

    /// <summary><see cref="AnswerMeter.TokensAfterUsage"/> of its answer.</summary>
    public long TokensAfterUsage { get; init; }

    /// <summary>As reported by the provider; null when it did not.</summary>
    public TokenUsage? Usage { get; init; }
}
