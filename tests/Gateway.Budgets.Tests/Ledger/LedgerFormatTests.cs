using Xunit;
using static Gateway.Budgets.Tests.Samples;

namespace Gateway.Budgets.Tests.Ledger;

public sealed class LedgerFormatTests
{
    /// <summary>As version 1 wrote it. What is in a ledger must be readable for ever: add to these texts, never change them.</summary>
    private const string Entry1 = """
        {"requestId":"r1","time":"2026-11-22T12:00:00+00:00","scopes":{"organization":"acme","team":"search","project":"site","key":"ci","user":"ann","tags":["batch","eu \u0022west\u0022"]},"route":"auto","model":"deepseek-chat","provider":"deepseek","tokens":{"input":1200,"cachedInput":800,"output":350,"reasoning":90},"priceVersion":"2026-11-01","cost":9007199254740991,"basis":"Reported","outcome":"Completed","attempts":[{"provider":"openai","model":"gpt-4o","outcome":"server_error","cost":0},{"provider":"deepseek","model":"deepseek-chat","outcome":"ok","cost":9007199254740991}]}
        """;

    private const string Charges1 = "team-month/search/2026-11%40Europe%2FBerlin 25 9007199254740991 tag/batch/all 0 7";

    [Fact]
    public void Read_Version1_IsUnderstood()
    {
        var record = LedgerFormat.Read("1-0", wasHeld: true, Charges1, Entry1);

        Assert.Equal(Entry("r1", BudgetAmount.Max), record.Entry);
        Assert.Equal([new(Month, 25, BudgetAmount.Max), new(Tag, 0, 7)], record.Position.Charges);
    }

    [Fact]
    public void Write_Today_IsVersion1()
    {
        Assert.Equal(1, LedgerFormat.Version);
        Assert.Equal(Entry1, LedgerFormat.WriteEntry(Entry("r1", BudgetAmount.Max)));
        Assert.Equal(Charges1, LedgerFormat.WriteCharges([new(Month, 25, BudgetAmount.Max), new(Tag, 0, 7)]));
    }

    [Fact]
    public void Read_WithoutWhatIsOptional_IsUnderstood()
    {
        var entry = Entry("r1") with { Scopes = new LedgerScopes(), PriceVersion = null, Attempts = [] };

        Assert.Equal(entry, LedgerFormat.Read("1", wasHeld: false, "", LedgerFormat.WriteEntry(entry)).Entry);
    }

    [Theory]
    [InlineData("", "{")]
    [InlineData("", "null")]
    [InlineData("", "{}")]
    [InlineData("a/b/c x 1", Entry1)]
    [InlineData("a/b 1 1", Entry1)]
    public void Read_Damaged_IsRefusedWithItsId(string charges, string entry)
    {
        var exception = Assert.Throws<BudgetStoreException>(() => LedgerFormat.Read("17-0", wasHeld: false, charges, entry));

        Assert.Contains("17-0", exception.Message, StringComparison.Ordinal);
    }
}
