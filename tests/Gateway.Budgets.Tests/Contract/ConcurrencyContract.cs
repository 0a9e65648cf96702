using Xunit;
using static Gateway.Budgets.Tests.Samples;

namespace Gateway.Budgets.Tests.Contract;

/// <summary>What every store keeps while many clients use it at once.</summary>
public abstract class ConcurrencyContract(StoreHarness harness)
{
    private const int Clients = 100;
    private const long Limit = 1_000_000;

    private readonly string _partition = NewPartition();

    [Fact]
    public async Task Trap1_HundredClientsAtOnce_NoOvershootAndTheBudgetIsUsedUp()
    {
        using var done = new CancellationTokenSource();
        var watching = WatchAsync(done.Token);

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(SpendAsync));
        await done.CancelAsync();
        await watching;

        var end = await harness.Store.ReadAsync(_partition, Month);
        Assert.Equal(0, end.Held);
        Assert.InRange(end.Spent, Limit * 99 / 100, Limit);
        await harness.Store.AssertAgreesAsync(_partition, Month, Tag);
    }

    /// <summary>Holds up to 1 % of the budget per request, costs at most what it held, settles some twice, and stops when little is left.</summary>
    private async Task SpendAsync(int client)
    {
        var store = harness.Gateways[client % harness.Gateways.Count];
        var random = new Random(client);
        for (int i = 0; ; i++)
        {
            long hold = random.Next(1_000, 10_000);
            var reservation = Reservation(_partition, $"c{client}-{i}", Month.Hard(Limit, hold), Tag.Soft(0, 1));
            var result = await store.ReserveAsync(reservation);
            if (result is ReserveResult.Refused refused)
            {
                Assert.True(refused.Left < hold);
                if (Limit - (await store.ReadAsync(_partition, Month)).Spent < 10_000)
                {
                    return;
                }

                continue;
            }

            Assert.IsType<ReserveResult.Reserved>(result);
            var settlement = reservation.At(random.NextInt64(hold / 2, hold + 1), 1);
            await store.SettleAsync(settlement);
            if (random.Next(10) == 0)
            {
                Assert.True((await harness.Gateways[^1].SettleAsync(settlement)).IsRepeated);
            }
        }
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var state = await harness.Store.ReadAsync(_partition, Month);
            Assert.True(state.Left(Limit) >= 0, $"{state} is above {Limit}.");
            await Task.Yield();
        }
    }
}
