using Gateway.Policies.Validation;

namespace Gateway.Policies.Tests.Validation;

public sealed class SuggestionTests
{
    [Theory]
    [InlineData("baseurl", "baseUrl")]
    [InlineData("bsaeUrl", "baseUrl")]
    [InlineData("baseUr", "baseUrl")]
    [InlineData("apikey", "apiKey")]
    [InlineData("colour", null)]
    [InlineData("", null)]
    public void Closest_Misspelling_FindsWhatWasMeant(string text, string? expected) =>
        Assert.Equal(expected, Suggestion.Closest(text, ["apiKey", "baseUrl"]));

    [Fact]
    public void Closest_SeveralNear_TakesTheNearest() =>
        Assert.Equal("gpt-5-mini", Suggestion.Closest("gpt-5-minni", ["gpt-5-nano", "gpt-5-mini", "gpt-5-main"]));

    [Fact]
    public void Closest_VeryLongText_IsNotGuessed() =>
        Assert.Null(Suggestion.Closest(new string('a', 100_000), [new string('a', 100_000)]));
}
