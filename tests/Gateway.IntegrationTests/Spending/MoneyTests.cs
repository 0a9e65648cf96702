using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Spending;
using Xunit;

namespace Gateway.IntegrationTests.Spending;

public sealed class MoneyTests
{
    [Theory]
    [InlineData(0, "0.000000000")]
    [InlineData(1, "0.000000001")]
    [InlineData(999_999_999, "0.999999999")]
    [InlineData(1_000_000_000, "1.000000000")]
    [InlineData(-1, "-0.000000001")]
    [InlineData(long.MaxValue, "9223372036.854775807")]
    [InlineData(long.MinValue, "-9223372036.854775808")]
    public void Text_Amount_IsInDollarsToTheNanoDollar(long nanoDollars, string text) => Assert.Equal(text, Money.Text(nanoDollars));

    [Fact]
    public void Text_AnyAmount_IsReadBackExactly() => Prop.ForAll(
        Gen.Choose(int.MinValue, int.MaxValue).Two().ToArbitrary(),
        parts =>
        {
            var nanoDollars = ((long)parts.Item1 << 32) | (uint)parts.Item2;
            Assert.Equal(Money.Dollars(nanoDollars), decimal.Parse(Money.Text(nanoDollars), CultureInfo.InvariantCulture));
        }).QuickCheckThrowOnFailure();
}
