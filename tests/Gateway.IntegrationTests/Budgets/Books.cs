using Gateway.Budgets;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Budgets;

/// <summary>Checks counters against the ledger.</summary>
internal static class Books
{
    /// <summary>Each counter is the sum of what the ledger charges to it, no request is in it twice, and nothing is held any more.</summary>
    /// <returns>What is spent on each counter, by the name of its limit and its scope.</returns>
    public static async Task<IReadOnlyDictionary<(string Limit, string Scope), long>> AssertBalancedAsync(IBudgetStore store, string partition)
    {
        var ledger = await store.ReadLedgerAsync(partition, after: null, count: 1_000_000);
        Assert.Equal(ledger.Count, ledger.Select(record => record.Entry.RequestId).Distinct().Count());
        var sums = ledger.SelectMany(record => record.Position.Charges).GroupBy(charge => charge.Counter).ToDictionary(group => group.Key, group => group.Sum(charge => charge.Amount));
        CounterId[] counters = [.. sums.Keys];
        await Wait.UntilAsync(async () => (await store.ReadAsync(partition, counters)).All(state => state.Held == 0));
        foreach (var state in await store.ReadAsync(partition, counters))
        {
            Assert.True(sums[state.Counter] == state.Spent, $"{state.Counter}: the ledger says {sums[state.Counter]}, the counter {state.Spent}.");
        }

        return sums.GroupBy(sum => (sum.Key.Limit, sum.Key.Scope)).ToDictionary(group => group.Key, group => group.Sum(sum => sum.Value));
    }
}
