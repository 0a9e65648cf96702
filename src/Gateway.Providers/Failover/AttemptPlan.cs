using Gateway.Contracts.OpenAI;
using Gateway.Policies;

namespace Gateway.Providers.Failover;

/// <summary>Whom an attempt calls, and under which terms.</summary>
internal sealed record AttemptPlan
{
    public required ProviderDefinition Provider { get; init; }

    public required ModelCard Model { get; init; }

    public required AttemptRole Role { get; init; }

    public required AttemptRules Rules { get; init; }

    /// <summary>1 for the request's first call.</summary>
    public required int Number { get; init; }

    public required bool IsLast { get; init; }

    /// <summary>When the request as a whole must be over (<see cref="TimeProvider.GetTimestamp"/>).</summary>
    public required long Deadline { get; init; }

    /// <summary>The attempt that led to this one; null for the first.</summary>
    public required AttemptRecord? Cause { get; init; }

    /// <summary>Keeps the time that is spent waiting for the provider.</summary>
    public required WaitClock Clock { get; init; }

    public Continuation? Continuation { get; init; }

    /// <summary>Gathers the answer for a continuation; null when nobody could continue it.</summary>
    public AnswerTranscript? Transcript { get; init; }
}
