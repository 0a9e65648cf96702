using System.Text.Json;
using Gateway.Budgets.Reports;
using static Gateway.Budgets.Tests.Reports.TestLedger;

namespace Gateway.Budgets.Tests.Reports;

public sealed class ReportFormatTests
{
    private static readonly ReportTable Table = new()
    {
        Name = "sample",
        Facts = [new("from", "2026-11-01"), new("total_usd", 1_234_567_890_123L, ReportKind.Money)],
        Columns = [new("name", ReportKind.Text), new("count", ReportKind.Count), new("cost_usd", ReportKind.Money), new("share", ReportKind.Number), new("time", ReportKind.Time), new("data", ReportKind.Json)],
        Rows = new object?[][]
        {
            ["plain", 1L, 9_007_199_254_740_991L, 1.5, At("2026-11-01T00:00:00.5Z"), """{"a":[1]}"""],
            [null, null, -5L, 0.0000001m, At("2026-11-01T00:00Z"), null],
        }.ToAsyncEnumerable(),
        Total = [null, 1L, 2L, null, null, null],
        Notes = ["A \"note\"."],
    };

    [Fact]
    public async Task Csv_AllKinds_AreExact() => Assert.Equal(
        [
            "name,count,cost_usd,share,time,data",
            "plain,1,9007199.254740991,1.5,2026-11-01T00:00:00.5Z,\"{\"\"a\"\":[1]}\"",
            ",,-0.000000005,0.0000001,2026-11-01T00:00:00Z,",
        ],
        await CsvAsync(Table));

    [Fact]
    public async Task Json_AllKinds_AreExact()
    {
        string text = await JsonAsync(Table);

        using var json = JsonDocument.Parse(text);
        var rows = json.RootElement.GetProperty("rows");
        Assert.Equal("9007199.254740991", rows[0].GetProperty("cost_usd").GetRawText());
        Assert.Equal("-0.000000005", rows[1].GetProperty("cost_usd").GetRawText());
        Assert.Equal("0.0000001", rows[1].GetProperty("share").GetRawText());
        Assert.Equal(1, rows[0].GetProperty("data").GetProperty("a")[0].GetInt32());
        Assert.Equal(JsonValueKind.Null, rows[1].GetProperty("name").ValueKind);
        Assert.Equal(["count", "cost_usd"], json.RootElement.GetProperty("total").EnumerateObject().Select(field => field.Name));
        Assert.Equal("A \"note\".", json.RootElement.GetProperty("notes")[0].GetString());
        Assert.Equal(("sample", "2026-11-01"), (json.RootElement.GetProperty("report").GetString(), json.RootElement.GetProperty("from").GetString()));
        Assert.Equal("1234.567890123", json.RootElement.GetProperty("total_usd").GetRawText());
    }

    [Fact]
    public async Task Json_ManyRows_AreWrittenInPieces()
    {
        var many = Table with { Rows = Enumerable.Range(0, 20_000).Select(i => (IReadOnlyList<object?>)[$"ü{i}", (long)i, 1L, 0.5, At("2026-11-01T00:00Z"), "[]"]).ToAsyncEnumerable() };

        using var json = JsonDocument.Parse(await JsonAsync(many));

        Assert.Equal(20_000, json.RootElement.GetProperty("rows").GetArrayLength());
        Assert.Equal("ü19999", json.RootElement.GetProperty("rows")[19_999].GetProperty("name").GetString());
    }

    [Theory]
    [InlineData("=HYPERLINK(\"http://evil\")", "\"'=HYPERLINK(\"\"http://evil\"\")\"")]
    [InlineData("+1", "\"'+1\"")]
    [InlineData("-1", "\"'-1\"")]
    [InlineData("@SUM(A1)", "\"'@SUM(A1)\"")]
    [InlineData("\t=1", "\"'\t=1\"")]
    [InlineData("a=1", "a=1")]
    public async Task Csv_TextLikeAFormula_IsMadeHarmless(string text, string expected)
    {
        var table = Table with { Rows = new object?[][] { [text, 1L, -1L, -0.5, At("2026-11-01T00:00Z"), null] }.ToAsyncEnumerable() };

        Assert.Equal($"{expected},1,-0.000000001,-0.5,2026-11-01T00:00:00Z,", (await CsvAsync(table))[1]);
    }
}
