namespace Gateway.Policies.Tests.Catalogue;

public sealed class TokenPriceTests
{
    [Theory]
    [InlineData("0", 0, "0")]
    [InlineData("0.000000001", 1, "0.000000001")]
    [InlineData("0.000001", 1_000, "0.000001")]
    [InlineData("0.1", 100_000_000, "0.1")]
    [InlineData("0.25", 250_000_000, "0.25")]
    [InlineData("0.3", 300_000_000, "0.3")]
    [InlineData("2.00", 2_000_000_000, "2")]
    [InlineData("15", 15_000_000_000, "15")]
    [InlineData("00.10", 100_000_000, "0.1")]
    [InlineData("0.2500000000000000000000", 250_000_000, "0.25")]
    [InlineData("99999.999999999", 99_999_999_999_999, "99999.999999999")]
    [InlineData("100000", 100_000_000_000_000, "100000")]
    public void Load_Price_IsKeptExactly(string text, long nanoDollarsPerMillionTokens, string shown)
    {
        using var folder = new PolicyFolder(
            PolicyFolder.MinimalProviders.Replace("input: 0, output: 0", $"input: {text}, output: 1", StringComparison.Ordinal));

        var price = folder.LoadValid().FindModel("local/demo")!.Prices!.Input;

        Assert.Equal(nanoDollarsPerMillionTokens, price.NanoDollarsPerMillionTokens);
        Assert.Equal(shown, price.ToString());
    }
}
