using System.Globalization;
using Gateway.Budgets.Reports;
using Gateway.Budgets.Sql;
using Gateway.Testing;

namespace Gateway.Budgets.Tests.Reports;

/// <summary>A SQL ledger for tests, filled entry by entry.</summary>
internal sealed class TestLedger : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly LedgerDatabase _ledger;
    private int _count;

    private TestLedger(LedgerOptions? options) =>
        _ledger = LedgerDatabase.Open(options ?? new LedgerOptions { Path = Path.Combine(_folder.Path, "ledger.db") }, TimeProvider.System);

    public LedgerQueries Queries => new(_ledger);

    /// <param name="options">A new SQLite file when null.</param>
    public static async Task<TestLedger> NewAsync(LedgerOptions? options = null)
    {
        var ledger = new TestLedger(options);
        await ledger._ledger.PrepareAsync();
        return ledger;
    }

    public static DateTimeOffset At(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public static LedgerEntry Entry(string time, long cost, string? team = "search", string model = "m", string provider = "p") => new()
    {
        RequestId = Guid.NewGuid().ToString("N"),
        Time = At(time),
        Scopes = new LedgerScopes { Organization = "acme", Team = team, Project = "site", Key = "ci" },
        Route = "auto",
        Model = model,
        Provider = provider,
        Tokens = new LedgerTokens(100, 20, 30, 4),
        PriceVersion = "v1",
        Cost = cost,
        Basis = CostBasis.Reported,
        Outcome = LedgerOutcome.Completed,
        Attempts = [new LedgerAttempt(provider, model, "ok", cost)],
    };

    public async Task AddAsync(params IEnumerable<LedgerEntry> entries)
    {
        var records = entries.Select(entry => new IncomingRecord(
            "acme",
            (++_count).ToString(CultureInfo.InvariantCulture),
            new Dictionary<string, string> { ["v"] = "1", ["held"] = "1", ["charges"] = "", ["entry"] = LedgerFormat.WriteEntry(entry) })).ToList();
        var result = await _ledger.AppendAsync(records);
        Assert.Equal((records.Count, 0), (result.Added, result.Rejected.Count));
    }

    public async ValueTask DisposeAsync()
    {
        await _ledger.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>The report as CSV, in lines without the last, empty one.</summary>
    public static async Task<string[]> CsvAsync(ReportTable report)
    {
        await using var writer = new StringWriter();
        await CsvReport.WriteAsync(report, writer);
        return writer.ToString().TrimEnd('\n').Split('\n').Select(line => line.TrimEnd('\r')).ToArray();
    }

    public static async Task<string> JsonAsync(ReportTable report)
    {
        await using var writer = new StringWriter();
        await JsonReport.WriteAsync(report, writer);
        return writer.ToString();
    }
}
