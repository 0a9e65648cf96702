namespace Gateway.Budgets;

/// <summary>A hold that was given back because its lease was over.</summary>
/// <param name="Amounts">What it held; counters on which it held 0 are left out.</param>
public sealed record ExpiredHold(string Partition, string RequestId, IReadOnlyDictionary<CounterId, long> Amounts);
