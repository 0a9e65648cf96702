using System.Globalization;
using Gateway.Budgets;
using Gateway.Redis;

namespace Gateway.Benchmarks.Ledger;

/// <summary>Fills a ledger's stream as requests do.</summary>
internal static class Settling
{
    private const int Clients = 64;

    public static Task RunAsync(RedisLink link, int entries)
    {
        var store = new RedisBudgetStore(link, new BudgetStoreOptions());
        return Task.WhenAll(Enumerable.Range(0, Clients).Select(client => Task.Run(async () =>
        {
            for (int i = client; i < entries; i += Clients)
            {
                await store.SettleAsync(Settled(i));
            }
        })));
    }

    /// <summary>With two counters, three attempts' worth of text and two tags: about 900 bytes, as real ones have.</summary>
    private static Settlement Settled(int number)
    {
        string request = string.Create(CultureInfo.InvariantCulture, $"req_{Guid.CreateVersion7():N}");
        var reservation = new Reservation
        {
            Partition = "acme",
            RequestId = request,
            Lease = TimeSpan.FromMinutes(1),
            Charges = [Charge("team-month", "search"), Charge("key-day", "ci")],
        };
        return Settlement.Of(
            reservation,
            reservation.Charges.ToDictionary(charge => charge.Counter, _ => 1_000L + number),
            new LedgerEntry
            {
                RequestId = request,
                Time = TimeProvider.System.GetUtcNow(),
                Scopes = new LedgerScopes
                {
                    Organization = "acme",
                    Team = $"team-{number % 20}",
                    Project = "site",
                    Key = "search-ci",
                    User = "ann",
                    Tags = ["batch", "europe"],
                },
                Route = "auto",
                Model = "deepseek-chat",
                Provider = "deepseek",
                Tokens = new LedgerTokens(1200, 800, 350, 90),
                PriceVersion = "0.28/0.028/0.42",
                Cost = 1_000 + number,
                Basis = CostBasis.Reported,
                Outcome = LedgerOutcome.Completed,
                Attempts = [new LedgerAttempt("openai", "gpt-5-mini", "rate_limited", 0), new LedgerAttempt("deepseek", "deepseek-chat", "ok", 1_000 + number)],
            });
    }

    private static Charge Charge(string limit, string scope) =>
        new(new CounterId(limit, scope, "2026-11"), BudgetAmount.Max, Hold: 0, IsHard: false, DateTimeOffset.MaxValue);
}
