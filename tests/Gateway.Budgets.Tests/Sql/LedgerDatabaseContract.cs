using System.Data.Common;
using System.Text.Json.Nodes;
using Dapper;
using Gateway.Budgets.Sql;
using static Gateway.Budgets.Tests.Samples;

namespace Gateway.Budgets.Tests.Sql;

/// <summary>What every database of the ledger must do.</summary>
public abstract class LedgerDatabaseContract : IAsyncLifetime
{
    private LedgerOptions _options = null!;
    private LedgerDatabase _ledger = null!;

    public virtual async ValueTask InitializeAsync()
    {
        _options = await NewOptionsAsync();
        _ledger = LedgerDatabase.Open(_options, TimeProvider.System);
        await _ledger.PrepareAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        await _ledger.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Append_Entry_EveryColumnSaysWhatTheEntrySays()
    {
        var entry = Entry("r1", cost: 1_234_567_891);

        var result = await _ledger.AppendAsync([Incoming(entry, "7-0", "a/b/c 5 12")]);

        Assert.Equal((1, 0, 0), (result.Added, result.Known, result.Rejected.Count));
        var row = (IDictionary<string, object>)Assert.Single(await RowsAsync("SELECT * FROM ledger"));
        Assert.Equal(
            new Dictionary<string, object>
            {
                ["sequence"] = 1L,
                ["partition"] = "acme",
                ["request"] = "r1",
                ["version"] = 1L,
                ["position"] = "7-0",
                ["held"] = 1L,
                ["time_us"] = 1_795_348_800_000_000L,
                ["organization"] = "acme",
                ["team"] = "search",
                ["project"] = "site",
                ["key_id"] = "ci",
                ["user_id"] = "ann",
                ["tags"] = """["batch","eu \"west\""]""",
                ["route"] = "auto",
                ["model"] = "deepseek-chat",
                ["provider"] = "deepseek",
                ["input_tokens"] = 1200L,
                ["cached_input_tokens"] = 800L,
                ["output_tokens"] = 350L,
                ["reasoning_tokens"] = 90L,
                ["price_version"] = "2026-11-01",
                ["cost"] = 1_234_567_891L,
                ["basis"] = "reported",
                ["outcome"] = "completed",
                ["attempts"] = 2L,
                ["charges"] = "a/b/c 5 12",
                ["entry"] = LedgerFormat.WriteEntry(entry),
            },
            row.ToDictionary(column => column.Key, column => column.Value));
    }

    [Fact]
    public async Task Append_LongestNames_AreAdded()
    {
        // As long as policies allow them, of characters that take most bytes, and in no order that could be compressed.
        var random = new Random(1);
        var name = string.Concat(Enumerable.Range(0, 256).Select(_ => (char)random.Next(0x4e00, 0x9fff)));
        var entry = Entry("r1") with { Scopes = new LedgerScopes { Organization = name, Team = name, Project = name, User = name } };

        var result = await _ledger.AppendAsync([Incoming(entry, "1-0") with { Partition = name }]);

        Assert.Equal((1, 0), (result.Added, result.Rejected.Count));
    }

    [Fact]
    public async Task Append_SameEntryAgain_IsKnown()
    {
        var first = Incoming(Entry("r1"), "1-0");
        await _ledger.AppendAsync([first, Incoming(Entry("r2"), "2-0")]);

        var again = await _ledger.AppendAsync([first, Incoming(Entry("r1"), "9-0"), Incoming(Entry("r3"), "3-0"), Incoming(Entry("r3"), "4-0")]);

        Assert.Equal((1, 3, 0), (again.Added, again.Known, again.Rejected.Count));
        Assert.Equal(3, await CountAsync("ledger"));
    }

    [Fact]
    public async Task Append_SameRequestOfAnotherPartition_IsAnother()
    {
        var result = await _ledger.AppendAsync([Incoming(Entry("r1"), "1-0"), Incoming(Entry("r1"), "1-0") with { Partition = "other" }]);

        Assert.Equal(2, result.Added);
    }

    [Fact]
    public async Task Append_AnotherEntryOfTheSameRequest_IsSetAside()
    {
        await _ledger.AppendAsync([Incoming(Entry("r1", cost: 5), "1-0")]);

        var result = await _ledger.AppendAsync([Incoming(Entry("r1", cost: 6), "2-0"), Incoming(Entry("r2"), "3-0")]);

        Assert.Equal((1, 0), (result.Added, result.Known));
        Assert.Contains("another entry of request r1", Assert.Single(result.Rejected).Reason, StringComparison.Ordinal);
        Assert.Equal(5L, (await RowsAsync("SELECT cost FROM ledger WHERE request = 'r1'")).Single().cost);
    }

    [Theory]
    [InlineData("2", "1", "", "{}", "schema version '2'; this build reads 1")]
    [InlineData("1", "1", "", "{", "damaged")]
    [InlineData("1", "1", "", "{}", "damaged")]
    [InlineData("1", "1", "one two", "ENTRY", "damaged")]
    [InlineData("1", "1", "a/b/c 5", "ENTRY", "damaged")]
    [InlineData("1", null, "", "ENTRY", "it has the fields v, charges, entry")]
    [InlineData(null, "1", "", "ENTRY", "schema version ''")]
    [InlineData("1", "1", "", "NEGATIVE", "cost -1")]
    [InlineData("1", "1", "", "scopes:null", "scopes, tokens, route, model and provider belong there")]
    [InlineData("1", "1", "", "tokens:null", "scopes, tokens, route, model and provider belong there")]
    [InlineData("1", "1", "", "model:null", "scopes, tokens, route, model and provider belong there")]
    [InlineData("1", "1", "", "attempts:null", "damaged")]
    [InlineData("1", "1", "", "basis:7", "its basis is '7'")]
    [InlineData("1", "1", "", "outcome:7", "its outcome '7'")]
    public async Task Append_Unreadable_IsSetAsideWholeAndTheOthersGetIn(string? version, string? held, string charges, string entry, string reason)
    {
        var fields = new Dictionary<string, string?> { ["v"] = version, ["held"] = held, ["charges"] = charges, ["entry"] = Text(entry), ["new"] = "ü\0" }
            .Where(field => field.Value is not null).ToDictionary(field => field.Key, field => field.Value!);
        fields.Remove(reason.StartsWith("it has", StringComparison.Ordinal) ? "new" : "");
        var poison = new IncomingRecord("acme", "2-0", fields);

        var result = await _ledger.AppendAsync([Incoming(Entry("r1"), "1-0"), poison, Incoming(Entry("r2"), "3-0")]);
        await _ledger.AppendAsync([poison]);

        Assert.Equal(2, result.Added);
        Assert.Contains(reason, Assert.Single(result.Rejected).Reason, StringComparison.Ordinal);
        var row = Assert.Single(await RowsAsync("SELECT * FROM ledger_rejected"));
        Assert.Equal(("acme", "2-0"), ((string)row.partition, (string)row.position));
        Assert.Equal(fields, IncomingRecord.OfPayload("acme", "2-0", (byte[])row.payload).Fields);

        static string Text(string entry) => entry switch
        {
            "ENTRY" => LedgerFormat.WriteEntry(Entry("r9")),
            "NEGATIVE" => LedgerFormat.WriteEntry(Entry("r9", cost: -1)),
            _ when entry.Split(':') is [var member, var value] => With(member, value),
            _ => entry,
        };

        static string With(string member, string value)
        {
            var json = JsonNode.Parse(LedgerFormat.WriteEntry(Entry("r9")))!;
            json[member] = JsonNode.Parse(value);
            return json.ToJsonString();
        }
    }

    [Fact]
    public async Task Append_NoTextEmptyTextAndLongText_StayWhatTheyAre()
    {
        string longest = string.Concat(Enumerable.Repeat("ü€😀", 5000));
        var entry = Entry("r1") with { Scopes = new LedgerScopes { Team = "", Project = longest }, Model = "", Provider = "", PriceVersion = null, Attempts = [] };

        await _ledger.AppendAsync([Incoming(entry, "1-0"), Incoming(Entry("r2"), "2-0")]);

        var row = Assert.Single(await RowsAsync("SELECT * FROM ledger WHERE request = 'r1'"));
        Assert.Equal((null, "", longest, null), ((string?)row.organization, (string?)row.team, (string?)row.project, (string?)row.user_id));
        Assert.Equal(("", "", "[]", null, ""), ((string)row.model, (string)row.provider, (string)row.tags, (string?)row.price_version, (string)row.charges));
        Assert.Equal(LedgerFormat.WriteEntry(entry), (string)row.entry);
        Assert.Equal("search", (await RowsAsync("SELECT team FROM ledger WHERE request = 'r2'")).Single().team);
    }

    [Fact]
    public async Task Append_TextThatADatabaseMayRefuse_IsAddedOrSetAsideAndBlocksNobody()
    {
        var strange = Entry("nul") with { Route = "a\0b" };
        var torn = Entry("torn") with { Model = "\ud800" };

        var result = await _ledger.AppendAsync([Incoming(Entry("r1"), "1-0"), Incoming(strange, "2-0"), Incoming(torn, "3-0"), Incoming(Entry("r2"), "4-0")]);

        Assert.Equal(4, result.Added + result.Rejected.Count);
        Assert.Equal(["r1", "r2"], (await RowsAsync("SELECT request FROM ledger WHERE request LIKE 'r_' ORDER BY request")).Select(row => (string)row.request));
        Assert.Equal(result.Rejected.Count, await CountAsync("ledger_rejected"));
    }

    [Fact]
    public async Task RetryRejected_ReadableByNow_IsMovedIntoTheLedger()
    {
        var record = Incoming(Entry("r1", cost: 7), "1-0");
        await _ledger.AppendAsync([record with { Fields = new Dictionary<string, string>(record.Fields) { ["v"] = "2" } }, record with { Position = "2-0", Fields = new Dictionary<string, string>() }]);
        await ExecuteAsync("UPDATE ledger_rejected SET payload = @payload WHERE position = '1-0'", new { payload = record.Payload });

        Assert.Equal(1, await _ledger.RetryRejectedAsync());
        Assert.Equal(0, await _ledger.RetryRejectedAsync());

        Assert.Equal(7L, (await RowsAsync("SELECT cost FROM ledger")).Single().cost);
        Assert.Equal("2-0", (await RowsAsync("SELECT position FROM ledger_rejected")).Single().position);
    }

    [Theory]
    [InlineData("UPDATE ledger SET cost = 0")]
    [InlineData("DELETE FROM ledger")]
    public async Task Ledger_ChangeOrDeletion_IsRefused(string sql)
    {
        await _ledger.AppendAsync([Incoming(Entry("r1", cost: 3), "1-0")]);

        var exception = await Assert.ThrowsAnyAsync<DbException>(() => ExecuteAsync(sql, null));

        Assert.Contains("the ledger is append-only", exception.Message, StringComparison.Ordinal);
        Assert.Equal(3L, (await RowsAsync("SELECT cost FROM ledger")).Single().cost);
    }

    [Fact]
    public async Task Prepare_ByManyAtOnce_MakesTheTablesOnceAndAllSeeTheSameLedger()
    {
        var options = await NewOptionsAsync();
        var ledgers = Enumerable.Range(0, 8).Select(_ => LedgerDatabase.Open(options, TimeProvider.System)).ToList();

        await Task.WhenAll(ledgers.Select(ledger => Task.Run(() => ledger.PrepareAsync())));

        Assert.Single(ledgers.Select(ledger => ledger.Id).Distinct());
        Assert.NotEqual(_ledger.Id, ledgers[0].Id);
        foreach (var ledger in ledgers)
        {
            await ledger.DisposeAsync();
        }
    }

    [Fact]
    public async Task Check_NoLedger_SaysWhoMakesOne()
    {
        await using var ledger = LedgerDatabase.Open(await NewOptionsAsync(), TimeProvider.System);

        var exception = await Assert.ThrowsAsync<LedgerSchemaException>(() => ledger.CheckAsync());

        Assert.Contains("There is no ledger in", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prepare_LedgerOfANewerBuild_IsRefused()
    {
        await ExecuteAsync("INSERT INTO ledger_schema (version, applied_us) VALUES (2, 0)", null);

        var exception = await Assert.ThrowsAsync<LedgerSchemaException>(() => _ledger.PrepareAsync());

        Assert.Contains("schema version 2; this build knows 1. Use the build that made it", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trap15_Append_FromManyAtOnceWithTheSameRecords_EachRequestOnce()
    {
        var records = Enumerable.Range(0, 200).Select(i => Incoming(Entry($"r{i}", cost: i), $"{i}-0")).ToList();

        var results = await Task.WhenAll(Enumerable.Range(0, 6).Select(seed => Task.Run(async () =>
        {
            await using var ledger = LedgerDatabase.Open(_options, TimeProvider.System);
            var mine = records.ToArray();
            new Random(seed).Shuffle(mine);
            List<AppendResult> results = [];
            foreach (var chunk in mine.Chunk(50))
            {
                results.Add(await ledger.AppendAsync(chunk));
            }

            return results;
        })));

        Assert.Equal(200, results.SelectMany(result => result).Sum(result => result.Added));
        Assert.Equal(1000, results.SelectMany(result => result).Sum(result => result.Known));
        Assert.Equal(200, await CountAsync("ledger"));
    }

    /// <summary>Of a new, empty database.</summary>
    protected abstract Task<LedgerOptions> NewOptionsAsync();

    private static IncomingRecord Incoming(LedgerEntry entry, string position, string charges = "") => new(
        "acme",
        position,
        new Dictionary<string, string> { ["v"] = "1", ["held"] = "1", ["charges"] = charges, ["entry"] = LedgerFormat.WriteEntry(entry) });

    private async Task<IReadOnlyList<dynamic>> RowsAsync(string sql)
    {
        await using var connection = await _ledger.ConnectAsync(mayCreate: false, default);
        return [.. await connection.QueryAsync(sql)];
    }

    private async Task<long> CountAsync(string table)
    {
        await using var connection = await _ledger.ConnectAsync(mayCreate: false, default);
        return await connection.ExecuteScalarAsync<long>($"SELECT COUNT(*) FROM {table}");
    }

    private async Task ExecuteAsync(string sql, object? parameters)
    {
        await using var connection = await _ledger.ConnectAsync(mayCreate: false, default);
        await connection.ExecuteAsync(sql, parameters);
    }
}
