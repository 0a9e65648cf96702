namespace Gateway.Budgets;

/// <summary>A settlement that was given to a store.</summary>
/// <param name="Sent">
/// Ends when the store will carry it out even if this process is killed, as long as the store itself lives on. Fails, or is cancelled, when it is known that
/// it will not; <paramref name="Done"/> tells why.
/// </param>
/// <param name="Done">Ends when it is carried out, with the exceptions of <see cref="IBudgetStore.SettleAsync"/>.</param>
public readonly record struct SettlementUnderWay(Task Sent, Task<SettleResult> Done);
