using Gateway.Budgets.Sql;
using Gateway.Testing;

namespace Gateway.Budgets.Tests.Sql;

public sealed class SqliteLedgerTests : LedgerDatabaseContract
{
    private readonly TempFolder _folder = new();
    private int _files;

    [Fact]
    public async Task Dispose_AfterAppending_LeavesAllInOneFileThatIsClosed()
    {
        var options = await NewOptionsAsync();
        await using (var ledger = LedgerDatabase.Open(options, TimeProvider.System))
        {
            await ledger.PrepareAsync();
            var fields = new Dictionary<string, string> { ["v"] = "1", ["held"] = "1", ["charges"] = "", ["entry"] = LedgerFormat.WriteEntry(Samples.Entry("r1")) };
            await ledger.AppendAsync([new IncomingRecord("acme", "1-0", fields)]);
        }

        Assert.Equal([Path.GetFileName(options.Path)], Directory.GetFiles(Path.GetDirectoryName(options.Path)!, Path.GetFileName(options.Path) + "*").Select(Path.GetFileName));
        string moved = options.Path + ".moved";
        File.Move(options.Path, moved);
        await using var copy = LedgerDatabase.Open(options with { Path = moved }, TimeProvider.System);
        Assert.Equal("1-0", (await copy.LastAsync(default))!.Value.Position);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override Task<LedgerOptions> NewOptionsAsync() =>
        Task.FromResult(new LedgerOptions { Path = Path.Combine(_folder.Path, $"new/ledger-{_files++}.db") });
}
