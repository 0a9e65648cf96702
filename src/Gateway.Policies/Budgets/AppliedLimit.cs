namespace Gateway.Policies;

/// <summary>A limit that a request falls under, and whose counter it is there.</summary>
/// <param name="Limit">The limit.</param>
/// <param name="ScopeValue">The caller's team, key or whatever the limit counts by.</param>
public readonly record struct AppliedLimit(BudgetLimit Limit, string ScopeValue);
