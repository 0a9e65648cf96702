using Xunit;

namespace Gateway.Budgets.Tests;

/// <summary>Reservations, settlements and entries for tests.</summary>
internal static class Samples
{
    public static DateTimeOffset Noon { get; } = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    public static CounterId Month { get; } = new("team-month", "search", "2026-11@Europe/Berlin");

    public static CounterId Day { get; } = new("key-day", "ci key/1", "2026-11-22@UTC");

    public static CounterId Tag { get; } = new("tag", "batch", "all");

    public static string NewPartition() => $"p-{Guid.NewGuid():N}";

    public static Charge Hard(this CounterId counter, long limit, long hold, DateTimeOffset? end = null) =>
        new(counter, limit, hold, IsHard: true, end ?? DateTimeOffset.MaxValue);

    public static Charge Soft(this CounterId counter, long limit, long hold) => new(counter, limit, hold, IsHard: false, DateTimeOffset.MaxValue);

    public static Reservation Reservation(string partition, string request, params Charge[] charges) =>
        Reservation(partition, request, TimeSpan.FromMinutes(10), charges);

    public static Reservation Reservation(string partition, string request, TimeSpan lease, params Charge[] charges) =>
        new() { Partition = partition, RequestId = request, Lease = lease, Charges = charges };

    /// <summary>Settles at these amounts, in the order of the charges.</summary>
    public static Settlement At(this Reservation reservation, params long[] amounts) => Settlement.Of(
        reservation,
        reservation.Charges.Zip(amounts).ToDictionary(pair => pair.First.Counter, pair => pair.Second),
        Entry(reservation.RequestId, amounts.FirstOrDefault()));

    public static LedgerEntry Entry(string request, long cost = 0) => new()
    {
        RequestId = request,
        Time = Noon,
        Scopes = new LedgerScopes { Organization = "acme", Team = "search", Project = "site", Key = "ci", User = "ann", Tags = ["batch", "eu \"west\""] },
        Route = "auto",
        Model = "deepseek-chat",
        Provider = "deepseek",
        Tokens = new LedgerTokens(1200, 800, 350, 90),
        PriceVersion = "2026-11-01",
        Cost = cost,
        Basis = CostBasis.Reported,
        Outcome = LedgerOutcome.Completed,
        Attempts = [new LedgerAttempt("openai", "gpt-4o", "server_error", 0), new LedgerAttempt("deepseek", "deepseek-chat", "ok", cost)],
    };

    public static Task<IReadOnlyList<LedgerRecord>> LedgerAsync(this IBudgetStore store, string partition) =>
        store.ReadLedgerAsync(partition, after: null, int.MaxValue);

    public static async Task<CounterState> ReadAsync(this IBudgetStore store, string partition, CounterId counter) =>
        Assert.Single(await store.ReadAsync(partition, [counter]));

    /// <summary>(b) The counters are the sums of the ledger. (d) No request is in it twice.</summary>
    public static async Task AssertAgreesAsync(this IBudgetStore store, string partition, params CounterId[] counters)
    {
        var ledger = await store.LedgerAsync(partition);
        Assert.Distinct(ledger.Select(record => record.Entry.RequestId));
        foreach (var state in await store.ReadAsync(partition, counters))
        {
            long sum = 0;
            foreach (var charge in ledger.SelectMany(record => record.Position.Charges).Where(charge => charge.Counter == state.Counter))
            {
                sum += charge.Amount;
                Assert.Equal(sum, charge.Total);
            }

            Assert.Equal(sum, state.Spent);
        }
    }
}
