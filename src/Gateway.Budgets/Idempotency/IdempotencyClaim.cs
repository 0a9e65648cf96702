namespace Gateway.Budgets;

/// <summary>Who answers.</summary>
/// <param name="Outcome">Whether it is the claiming run.</param>
/// <param name="Run">The run that answers or has answered; empty when <see cref="ClaimOutcome.Reused"/>.</param>
/// <param name="RequestId">The id that a <see cref="ClaimOutcome.Claimed"/> run goes by; empty otherwise.</param>
public sealed record IdempotencyClaim(ClaimOutcome Outcome, string Run, string RequestId);
