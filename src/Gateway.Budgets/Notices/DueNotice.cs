namespace Gateway.Budgets;

/// <summary>A notice that is to be sent now.</summary>
/// <param name="Attempt">1 for the first.</param>
public sealed record DueNotice(Notice Notice, int Attempt);
