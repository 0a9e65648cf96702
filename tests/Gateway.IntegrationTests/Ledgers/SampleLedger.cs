using System.Globalization;
using Gateway.Budgets;
using Gateway.Budgets.Sql;
using Xunit;

namespace Gateway.IntegrationTests.Ledgers;

/// <summary>Entries, and a ledger file that holds some.</summary>
internal static class SampleLedger
{
    public static LedgerEntry Entry(string request, string? team, long cost, DateTimeOffset time, string? organization = "acme") => new()
    {
        RequestId = request,
        Time = time,
        Scopes = new LedgerScopes { Organization = organization, Team = team, Key = "ci" },
        Route = "auto",
        Model = "m",
        Provider = "p",
        Tokens = new LedgerTokens(100, 20, 30, 4),
        Cost = cost,
        Basis = CostBasis.Reported,
        Outcome = LedgerOutcome.Completed,
        Attempts = [new LedgerAttempt("p", "m", "ok", cost)],
    };

    /// <summary>Makes a ledger with these entries, by way of an embedded store.</summary>
    public static async Task FillAsync(string path, params LedgerEntry[] entries)
    {
        await using var store = new SqliteBudgetStore(path + ".budgets", new BudgetStoreOptions(), TimeProvider.System);
        foreach (var entry in entries)
        {
            await store.SettleAsync(Settled(entry));
        }

        var options = new LedgerOptions { Path = path };
        await using var ledger = LedgerDatabase.Open(options, TimeProvider.System);
        var intake = new LedgerIntake(new EmbeddedLedgerSource(store, TimeProvider.System), ledger, options);
        await intake.OpenAsync();
        Assert.Equal(entries.Length, (await intake.StepAsync())!.Added);
    }

    public static Settlement Settled(LedgerEntry entry) => Settlement.Of(
        new Reservation { Partition = "acme", RequestId = entry.RequestId, Lease = TimeSpan.FromMinutes(1), Charges = [] }, new Dictionary<CounterId, long>(), entry);

    public static DateTimeOffset At(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
