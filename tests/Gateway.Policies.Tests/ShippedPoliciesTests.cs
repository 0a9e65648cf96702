using System.Text.RegularExpressions;

namespace Gateway.Policies.Tests;

public sealed class ShippedPoliciesTests
{
    private static readonly string Shipped = Path.Combine(RepositoryRoot(), "policies");

    [Fact]
    public void Load_ShippedPolicies_HaveNeitherErrorsNorWarnings()
    {
        var result = PolicyLoader.Load(Shipped, new FakeEnvironment(), TimeProvider.System);

        Assert.Empty(result.Errors);
        Assert.Empty(result.Warnings);
        Assert.Equal("local/gateway-demo", Assert.Single(result.Snapshot!.FindRoute("auto")!.Candidates).QualifiedName);
        Assert.True(result.Snapshot.Keys.IsEmpty);
    }

    [Fact]
    public void Load_ShippedFailover_WritesOutWhatHoldsWithoutTheFile()
    {
        var failover = PolicyLoader.Load(Shipped, new FakeEnvironment(), TimeProvider.System).Snapshot!.Failover;

        Assert.Equal(AttemptRules.Default with { Actions = failover.Attempts.Actions }, failover.Attempts);
        Assert.Equal(AttemptRules.Default.Actions, failover.Attempts.Actions);
        Assert.Equal(RouteFailover.Default, failover.Requests);
        Assert.Equal(BreakerPolicy.Default, failover.Breaker);
        Assert.Equal(RetryBudgetPolicy.Default, failover.RetryBudget);
        Assert.Null(failover.BrownOut);
        Assert.Equal(0, failover.SectionCount);
    }

    [Fact]
    public void Load_ShippedExamplesUncommented_HaveNoErrors()
    {
        var providers = Uncommented("providers.yaml", "  ");
        using var folder = new PolicyFolder(providers, Uncommented("routes.yaml", "  "), failover: Uncommented("failover.yaml", ""));
        foreach (var name in Regex.Matches(providers, @"\$\{([A-Z_]+)\}").Select(match => match.Groups[1].Value))
        {
            folder.Environment[name] = "key";
        }

        var snapshot = folder.LoadValid();

        Assert.Equal(
            ["local", "openai", "deepseek", "dashscope", "mistral", "openrouter", "vllm", "sglang", "ollama"],
            snapshot.Providers.Select(provider => provider.Name));
        Assert.Equal(["auto", "careful", "thrifty", "prompt", "trial"], snapshot.Routes.Select(route => route.Name));
        Assert.Equal(3, snapshot.Failover.SectionCount);
        Assert.NotNull(snapshot.Failover.BrownOut);
        Assert.All(folder.Load().Warnings, warning => Assert.Contains("has no prices", warning.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Load_ExampleOfTheFailoverDocument_MeansWhatTheDocumentSays()
    {
        var document = File.ReadAllText(Path.Combine(RepositoryRoot(), "docs", "features", "failover.md"));
        using var folder = new PolicyFolder(
            """
            providers:
              openai: { dialect: local, models: { gpt-5-mini: { contextWindow: 9, prices: { input: 0, output: 0 } } } }
              other: { dialect: local, models: { m: { contextWindow: 9, prices: { input: 0, output: 0 } } } }
            """,
            "routes: { chat: { candidates: [ openai/gpt-5-mini, other/m ] }, batch: { candidates: [ other/m ] } }",
            failover: Regex.Match(document, "```yaml\n(.*?)```", RegexOptions.Singleline).Groups[1].Value);

        var failover = folder.LoadValid().Failover;

        Assert.Empty(folder.Load().Warnings);
        var rules = failover.ForAttempt("chat", "openai");
        Assert.Equal((4, 0), (rules.FirstTokenLimit?.TotalSeconds, rules.Retry.Times));
        Assert.Equal(FailureAction.FailOver, rules.ActionFor(FailureKind.RateLimited));
        Assert.Equal(FailureAction.FailOver, rules.ActionFor(FailureKind.Overloaded));
        Assert.Equal(FailureAction.Retry, rules.ActionFor(FailureKind.ServerError));
        Assert.Equal(["other/m"], failover.ForRoute("chat").Fallbacks[FailureKind.Overloaded].Select(card => card.QualifiedName));
        Assert.Equal(5, failover.ForRoute("chat").MaxAttempts);
        Assert.Equal(2, failover.ForAttempt("chat", "other").Retry.Times);
        Assert.Equal(FailureAction.Retry, failover.ForAttempt("openai/gpt-5-mini", "openai").ActionFor(FailureKind.RateLimited));
    }

    /// <summary>The file with its examples, which are the commented lines that begin with a key.</summary>
    private static string Uncommented(string file, string indent) => Regex.Replace(
        File.ReadAllText(Path.Combine(Shipped, file)),
        $"^{indent}# (?=( {{2}})*[A-Za-z0-9./:-]+:( |$))",
        indent,
        RegexOptions.Multiline);

    private static string RepositoryRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Gateway.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("Gateway.sln is in no folder above the tests.");
        }

        return folder;
    }
}
