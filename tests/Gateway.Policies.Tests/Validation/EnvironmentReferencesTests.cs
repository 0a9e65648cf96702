namespace Gateway.Policies.Tests.Validation;

public sealed class EnvironmentReferencesTests
{
    [Theory]
    [InlineData("${SET}", "value")]
    [InlineData("a ${SET} b ${SET}", "a value b value")]
    [InlineData("${UNSET:-other}", "other")]
    [InlineData("${EMPTY:-other}", "other")]
    [InlineData("${SET:-other}", "value")]
    [InlineData("$SET costs $5", "$SET costs $5")]
    [InlineData("${NESTED}", "$SET-{SET}")]
    public void Load_ReferencesInAHeader_AreResolvedOnce(string text, string expected)
    {
        using var folder = Folder(text);

        Assert.Equal(expected, folder.LoadValid().Providers[0].Upstream!.Headers.Single().Value.Reveal());
    }

    [Theory]
    [InlineData("${UNSET:-}")]
    [InlineData("${EMPTY:-}")]
    public void Load_HeaderThatResolvesToNothing_IsNotSent(string text)
    {
        using var folder = Folder(text);

        Assert.Empty(folder.LoadValid().Providers[0].Upstream!.Headers);
    }

    [Fact]
    public void Load_TwoVariablesMissing_NamesBoth()
    {
        using var folder = Folder("${ONE} ${TWO}");

        Assert.Equal(
            ["Set ONE, or write ${ONE:-} if it may be empty", "Set TWO, or write ${TWO:-} if it may be empty"],
            folder.Load().Errors.Select(error => error.Fix));
    }

    [Fact]
    public void Load_OptionalApiKeyNotSet_IsNoKey()
    {
        using var folder = new PolicyFolder("""
            providers:
              local: { dialect: openai, baseUrl: http://h, apiKey: "${KEY:-}", models: { demo: { contextWindow: 1 } } }
            """);

        Assert.Null(folder.LoadValid().Providers[0].Upstream!.ApiKey);
    }

    [Fact]
    public void GetVariable_OfTheProcess_ReadsTheProcess()
    {
        var environment = new ProcessEnvironment();

        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), environment.GetVariable("PATH"));
        Assert.Null(environment.GetVariable("GATEWAY_NO_SUCH_VARIABLE"));
    }

    private static PolicyFolder Folder(string header)
    {
        var folder = new PolicyFolder($$"""
            providers:
              local:
                dialect: openai
                baseUrl: http://host
                headers: { X-A: "{{header}}" }
                models: { demo: { contextWindow: 1 } }
            """);
        folder.Environment["SET"] = "value";
        folder.Environment["EMPTY"] = "";
        folder.Environment["NESTED"] = "$SET-{SET}";
        return folder;
    }
}
