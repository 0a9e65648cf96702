using Gateway.Policies;
using Gateway.Providers.Failover;

namespace Gateway.Records;

/// <summary>A call of a provider.</summary>
/// <param name="Model">Qualified name.</param>
/// <param name="Role">Why it was made.</param>
/// <param name="Outcome"><c>answered</c>, <c>failed</c>, <c>overtaken</c> or <c>abandoned</c>.</param>
/// <param name="Kind">The kind of failure, as failover.yaml names it; null without one.</param>
/// <param name="StartedAfterSeconds">Since the request came.</param>
/// <param name="Seconds">From its start to its end.</param>
/// <param name="FirstTokenSeconds">From its start to its first token; null when none came.</param>
/// <param name="InputTokens">As reported, as the following ones.</param>
/// <param name="CachedInputTokens">The part of them that was read from a cache.</param>
/// <param name="OutputTokens">Reasoning included.</param>
/// <param name="ReasoningTokens">The part of them that was reasoning.</param>
public sealed record RecordedAttempt(
    string Model,
    string Role,
    string Outcome,
    string? Kind,
    double StartedAfterSeconds,
    double Seconds,
    double? FirstTokenSeconds,
    long? InputTokens,
    long? CachedInputTokens,
    long? OutputTokens,
    long? ReasoningTokens)
{
    internal static RecordedAttempt Of(AttemptRecord attempt) => new(
        attempt.Model.QualifiedName,
        RecordNames.Of(attempt.Role),
        RecordNames.Of(attempt.Outcome),
        attempt.Failure is { } failure ? FailureKindNames.Of(failure.Kind) : null,
        attempt.StartedAfter.TotalSeconds,
        attempt.Duration.TotalSeconds,
        attempt.FirstToken?.TotalSeconds,
        attempt.Usage?.Input,
        attempt.Usage?.CachedInput,
        attempt.Usage?.Output,
        attempt.Usage?.Reasoning);
}
