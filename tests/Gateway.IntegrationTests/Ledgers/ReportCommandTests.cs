using Gateway.IntegrationTests.Operations;
using Gateway.Testing;
using Xunit;
using static Gateway.IntegrationTests.Ledgers.SampleLedger;

namespace Gateway.IntegrationTests.Ledgers;

/// <summary><c>gateway report</c> as operators start it.</summary>
public sealed class ReportCommandTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private string _ledger = "";

    public async ValueTask InitializeAsync()
    {
        _ledger = Path.Combine(_folder.Path, "ledger.db");
        await FillAsync(
            _ledger,
            Entry("r1", "search", 1_234_565_000_000, At("2026-11-10T12:00Z")),
            Entry("r2", "=cmd", 5_000_000, At("2026-11-10T12:00Z")));
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Spend_AsTable_IsForPeople()
    {
        var (exitCode, output, error) = await RunAsync("spend", "--from", "2026-11-01", "--to", "2026-11-30", "--by", "team", "--zone", "Europe/Berlin");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("time zone: Europe/Berlin", output, StringComparison.Ordinal);
        Assert.Matches(@"search +1 +100 +20 +30 +4 +1,234\.57", output);
        Assert.Matches(@"total +2 +200 +40 +60 +8 +1,234\.57", output);
    }

    [Fact]
    public async Task Spend_AsCsv_IsExactAndHarmless()
    {
        var (exitCode, output, _) = await RunAsync("spend", "--from", "2026-11-01", "--to", "2026-11-30", "--by", "team", "--format", "csv");

        Assert.Equal(0, exitCode);
        Assert.Contains("\"'=cmd\",1,100,20,30,4,0.005,", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ledger_AsCsv_HasEveryEntry()
    {
        var (exitCode, output, _) = await RunAsync("ledger", "--from", "2026-11-01", "--to", "2026-11-30");

        Assert.Equal(0, exitCode);
        Assert.Contains("1234565000000", output, StringComparison.Ordinal);
        Assert.Contains("5000000", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reconcile_ByResult_HasAnExitCode()
    {
        string good = _folder.Write("good.csv", "model,cost,currency,utc_date\nm,1234.57,USD,2026-11-10\n");
        string other = _folder.Write("other.csv", "model,cost,currency,utc_date\nm,1000,USD,2026-11-10\n");
        string bad = _folder.Write("bad.csv", "model,cost,currency,utc_date\nm,much,USD,2026-11-10\n");

        var matched = await RunAsync("reconcile", "--invoice", good, "--provider", "p");
        Assert.Equal((0, ""), (matched.ExitCode, matched.Error));
        Assert.Contains("matched", matched.Output, StringComparison.Ordinal);
        var differs = await RunAsync("reconcile", "--invoice", other, "--provider", "p", "--format", "csv");
        Assert.Equal(2, differs.ExitCode);
        Assert.Contains("cost_drift,2026-11-10T00:00:00Z,2026-11-11T00:00:00Z,m,1000.00,1234.57,-234.57,", differs.Output, StringComparison.Ordinal);
        var unreadable = await RunAsync("reconcile", "--invoice", bad, "--provider", "p");
        Assert.Equal(1, unreadable.ExitCode);
        Assert.Contains("--invoice: bad.csv:2: 'much' in the column cost is no number.", unreadable.Error, StringComparison.Ordinal);
        var twice = await RunAsync("reconcile", "--invoice", good, "--invoice", Path.Combine(Path.GetDirectoryName(good)!, ".", "good.csv"), "--provider", "p");
        Assert.Equal(1, twice.ExitCode);
        Assert.Contains("is given twice. Give each export once.", twice.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--from: '11/2026' is no day. Write one as 2026-11-01.", "spend", "--from", "11/2026")]
    [InlineData("--by: 'teem' is no column to group by.", "movers", "--by", "teem")]
    [InlineData("--format: 'xml' is no format of this report. Choose from csv, json.", "ledger", "--format", "xml")]
    [InlineData("--team: A statement is of one team. Name it.", "statement", "--month", "2026-11")]
    public async Task Report_WrongQuestion_SaysWhichOptionAndWhat(string message, params string[] arguments)
    {
        var (exitCode, _, error) = await RunAsync(arguments);

        Assert.Equal(1, exitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_NoLedger_SaysWhere()
    {
        var (exitCode, _, error) = await GatewayProcess.RunAsync("report", "spend", "--ledger", Path.Combine(_folder.Path, "none.db"));

        Assert.Equal(1, exitCode);
        Assert.Contains("There is no ledger in the file", error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder.Path, "none.db")));
    }

    private Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) =>
        GatewayProcess.RunAsync(["report", .. arguments, "--ledger", _ledger]);
}
