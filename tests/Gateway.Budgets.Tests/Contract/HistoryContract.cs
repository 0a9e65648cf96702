using FsCheck;
using FsCheck.Fluent;
using Xunit;
using static Gateway.Budgets.Tests.Samples;

namespace Gateway.Budgets.Tests.Contract;

/// <summary>What every store keeps in any history: reserving, raising, settling in time, late, twice and never, extending, releasing, sweeping, and time passing.</summary>
/// <param name="histories">How many to try.</param>
public abstract class HistoryContract(StoreHarness harness, int histories)
{
    private static readonly Charge[] Limits = [Month.Hard(100, 0), Day.Hard(60, 0), Tag.Soft(50, 0)];

    [Fact]
    public void Trap1_4_5_7_AnyHistory_EveryStepDoesWhatTheModelDoesAndTheInvariantsHold() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(histories).WithEndSize(60),
        Prop.ForAll(BudgetStep.AnyHistory, history => Task.Run(() => RunAsync(history)).GetAwaiter().GetResult()));

    private async Task RunAsync(IReadOnlyList<BudgetStep> history)
    {
        string partition = NewPartition();
        var model = new BudgetModel(Limits);
        foreach (var step in history)
        {
            await TakeAsync(step, partition, model);

            // (a), (c): the model's holds end with their leases.
            model.AssertWithinLimits(await harness.Store.ReadAsync(partition, [.. Limits.Select(limit => limit.Counter)]));
        }

        // (b), (d)
        await harness.Store.AssertAgreesAsync(partition, [.. Limits.Select(limit => limit.Counter)]);
        Assert.Equal(model.Settled, (await harness.Store.LedgerAsync(partition)).Count);
    }

    private async Task TakeAsync(BudgetStep step, string partition, BudgetModel model)
    {
        var store = harness.Gateways[step.Gateway % harness.Gateways.Count];
        string request = $"r{step.Client}";
        switch (step.Kind)
        {
            case StepKind.Reserve:
                var reservation = Reservation(partition, request, step.Lease, Charges(step.Amounts));
                model.AssertReserve(reservation, await store.ReserveAsync(reservation));
                break;
            case StepKind.SettleWithinHold:
                await SettleAsync([.. step.Amounts.Zip(model.HoldOf(request) ?? [0, 0, 0], Math.Min)]);
                break;
            case StepKind.SettleAsItComes:
                await SettleAsync(step.Amounts);
                break;
            case StepKind.Extend:
                model.AssertExtend(request, step.Lease, await store.ExtendAsync(partition, request, step.Lease));
                break;
            case StepKind.Release:
                model.AssertRelease(request, await store.ReleaseAsync(partition, request));
                break;
            case StepKind.Advance:
                await harness.AdvanceAsync(partition, TimeSpan.FromMinutes(step.Minutes));
                model.Advance(TimeSpan.FromMinutes(step.Minutes));
                break;
            case StepKind.Sweep:
                await store.SweepAsync();
                break;
        }

        async Task SettleAsync(long[] amounts)
        {
            var settlement = Reservation(partition, request, Charges(amounts)).At(amounts);
            model.AssertSettle(settlement, await store.SettleAsync(settlement));
        }
    }

    private static Charge[] Charges(long[] holds) => [.. Limits.Zip(holds, (limit, hold) => limit with { Hold = hold })];
}
