namespace Gateway.Policies.Tests.Validation;

/// <summary>Settings of a route that its strategy ignores, and models that lack what it compares.</summary>
public sealed class RouteCheckTests
{
    [Theory]
    [InlineData("stickySeconds: 1", "stickySeconds", "An ordered route ignores it")]
    [InlineData("exploration: 0.1", "exploration", "An ordered route ignores it")]
    [InlineData("weights: {}", "weights", "Only scored routes have use for it.")]
    [InlineData("strategy: weighted, costScaleUsd: 1", "costScaleUsd", "Only scored routes have use for it.")]
    [InlineData("strategy: cheapest-above-quality, minQuality: 0.5, latencyScaleSeconds: 1", "latencyScaleSeconds", "Only scored routes have use for it.")]
    public void Load_SettingThatTheStrategyIgnores_Warns(string settings, string key, string message)
    {
        using var folder = StaticPolicies.Folder($"routes:\n  one: {{ candidates: [ p/small ], {settings} }}");

        var warning = folder.LoadSingleWarning();

        Assert.Equal((2, $"routes.one.{key}"), (warning.Line, warning.Key));
        Assert.Contains(message, warning.Message, StringComparison.Ordinal);
        Assert.StartsWith("Remove it, or write ", warning.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("strategy: scored", "strategy")]
    [InlineData("strategy: cheapest-above-quality, minQuality: 0", "strategy")]
    [InlineData("strategy: fastest-within-budget, maxCostUsd: 1", "maxCostUsd")]
    [InlineData("maxCostUsd: 0", "maxCostUsd")]
    public void Load_PricesMissingWhereCostsAreCompared_WarnsAndNamesTheModels(string settings, string key)
    {
        using var folder = Unpriced($"routes: {{ auto: {{ {settings}, candidates: [ x/free, x/one, x/two ] }} }}");

        var warnings = folder.Load().Warnings.Where(warning => Path.GetFileName(warning.File) == "routes.yaml").ToList();

        var warning = Assert.Single(warnings);
        Assert.Equal(($"routes.auto.{key}", "The route compares costs, and those of 'x/one', 'x/two' are not known."), (warning.Key, warning.Message));
        Assert.Equal("Write their prices in providers.yaml, zeros for what is free", warning.Fix);
    }

    [Theory]
    [InlineData("strategy: weighted")]
    [InlineData("strategy: ordered")]
    public void Load_PricesMissingWhereNoCostsAreCompared_DoesNotWarnOfTheRoute(string settings)
    {
        using var folder = Unpriced($"routes: {{ auto: {{ {settings}, candidates: [ x/one ] }} }}");

        Assert.All(folder.Load().Warnings, warning => Assert.EndsWith("providers.yaml", warning.File, StringComparison.Ordinal));
    }

    [Fact]
    public void Load_SkillsMissingWhereQualityIsRequired_WarnsAndNamesTheModels()
    {
        using var folder = StaticPolicies.Folder("routes: { auto: { minQuality: 0.6, candidates: [ p/small, p/large, q/huge ] } }");

        var warning = folder.LoadSingleWarning();

        Assert.Equal("routes.auto.minQuality", warning.Key);
        Assert.Equal("Whether 'p/large', 'q/huge' can reach it is not known: the file gives no skills.", warning.Message);
        Assert.Equal("Write their skills in providers.yaml, such as skills: { general: 0.7 }", warning.Fix);
    }

    [Fact]
    public void Load_RouteOfModelsThatEmbedAndModelsThatGenerate_Warns()
    {
        using var folder = Embedding("routes: { auto: { candidates: [ x/chat, x/small ] } }");

        var warning = folder.LoadSingleWarning();

        Assert.Equal("routes.auto.candidates", warning.Key);
        Assert.Equal("The route mixes models that embed ('x/small') and models that generate ('x/chat'): no request can go to both.", warning.Message);
    }

    [Fact]
    public void Load_RouteOfDifferentEmbeddingModels_Warns()
    {
        using var folder = Embedding("routes: { auto: { candidates: [ x/small, y/small, y/large ] } }");

        var warning = folder.LoadSingleWarning();

        Assert.Equal("routes.auto.candidates", warning.Key);
        Assert.Equal("Vectors of 'y/large' cannot be compared with those of 'x/small', so the route never asks for them.", warning.Message);
    }

    [Fact]
    public void Load_RouteOfOneEmbeddingModelAtTwoProviders_HasNoFindings()
    {
        using var folder = Embedding("routes: { auto: { candidates: [ x/small, y/small ] } }");

        folder.AssertNoFindings();
    }

    private static PolicyFolder Embedding(string routes) => new(
        """
        providers:
          x:
            dialect: local
            models:
              chat: { contextWindow: 1, prices: { input: 0, output: 0 } }
              small: { contextWindow: 1, kind: embedding, prices: { input: 0 } }
          y:
            dialect: local
            models:
              small: { contextWindow: 1, kind: embedding, prices: { input: 0 } }
              large: { contextWindow: 1, kind: embedding, prices: { input: 0 } }
        """,
        routes);

    private static PolicyFolder Unpriced(string routes) => new(
        """
        providers:
          x:
            dialect: local
            models:
              free: { contextWindow: 1, skills: { general: 1 }, prices: { input: 0, output: 0 } }
              one: { contextWindow: 1, skills: { general: 1 } }
              two: { contextWindow: 1, skills: { general: 1 } }
        """,
        routes);
}
