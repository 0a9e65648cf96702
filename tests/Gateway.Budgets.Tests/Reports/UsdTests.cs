using Gateway.Budgets.Reports;

namespace Gateway.Budgets.Tests.Reports;

public sealed class UsdTests
{
    [Theory]
    [InlineData(0, "0.00", "0.00")]
    [InlineData(1, "0.000000001", "0.00")]
    [InlineData(4_999_999, "0.004999999", "0.00")]
    [InlineData(5_000_000, "0.005", "0.01")]
    [InlineData(-5_000_000, "-0.005", "-0.01")]
    [InlineData(15_000_000, "0.015", "0.02")]
    [InlineData(25_000_000, "0.025", "0.03")]
    [InlineData(1_234_567_890_123, "1234.567890123", "1,234.57")]
    [InlineData(BudgetAmount.Max, "9007199.254740991", "9,007,199.25")]
    public void Text_NanoDollars_IsExactOrToTheCentAwayFromZero(long nanos, string exact, string cents) =>
        Assert.Equal((exact, cents), (Usd.Exact(nanos), Usd.Cents(nanos)));

    [Theory]
    [InlineData("0.8958740000000000", 895_874_000)]
    [InlineData("0.0000000005", 1)]
    [InlineData("0.0000000004", 0)]
    [InlineData("1234.567890123", 1_234_567_890_123)]
    public void Of_Dollars_RoundsToTheNanoDollar(string dollars, long nanos) =>
        Assert.Equal(nanos, Usd.Of(decimal.Parse(dollars, System.Globalization.CultureInfo.InvariantCulture)));
}
