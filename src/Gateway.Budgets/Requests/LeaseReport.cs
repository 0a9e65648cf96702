namespace Gateway.Budgets;

/// <summary>What came of making leases begin anew.</summary>
/// <param name="Extended">How many did.</param>
/// <param name="Restored">Holds that the store had lost and has again.</param>
/// <param name="Lost">Requests whose holds the store has lost, and has no room for any more; they run on, and are counted at their ends.</param>
public sealed record LeaseReport(int Extended, int Restored, IReadOnlyList<string> Lost);
