namespace Gateway.Rehearsal;

/// <summary>What became of a replayed request under a policy.</summary>
/// <param name="Answer">What its client got.</param>
/// <param name="CostNanoUsd">What the answer cost; null when its price is unknown, or there is none.</param>
/// <param name="Quality">The probability that it is good; null when unknown, or there is none.</param>
internal sealed record ReplayOutcome(RehearsedAnswer Answer, Int128? CostNanoUsd, double? Quality);
