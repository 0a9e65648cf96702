namespace Gateway.Policies.Tests.Validation;

public sealed class RoutesErrorTests
{
    [Theory]
    [InlineData(
        "auto: { candidates: [ local/demi ] }",
        "auto.candidates[0]", "'local/demi' is no model of providers.yaml.", "Did you mean 'local/demo'?")]
    [InlineData(
        "auto: { candidates: [ demo ] }",
        "auto.candidates[0]", "'demo' is no model of providers.yaml.", "Did you mean 'local/demo'?")]
    [InlineData(
        "auto: { candidates: [ nowhere/gpt-5-mini ] }",
        "auto.candidates[0]", "'nowhere/gpt-5-mini' is no model of providers.yaml.", "Write provider/model")]
    [InlineData(
        "auto: { candidates: [ local/demo, local/demo ] }",
        "auto.candidates[1]", "'local/demo' is listed a second time.", "Remove it")]
    [InlineData("auto: { candidates: [] }", "auto.candidates", "There is no candidate.", "best first")]
    [InlineData(
        "auto: { candidates: local/demo }",
        "auto.candidates", "Here stands a single value, where a list belongs.", "Write [ one, two ]")]
    [InlineData(
        "auto: { candidates: [ [ local/demo ] ] }",
        "auto.candidates[0]", "Here stands a list, where a single value belongs.", "Write one value")]
    [InlineData("auto: { candidates: [ { weight: 1 } ], strategy: weighted }", "auto.candidates[0].model", "The setting is missing.", "provider/model")]
    [InlineData(
        "auto: { candidates: [ { model: local/demo, wieght: 1 } ] }",
        "auto.candidates[0].wieght", "The key 'wieght' is not known here.", "Did you mean 'weight'?")]
    [InlineData(
        "auto: { candidates: [ { model: local/demi } ] }",
        "auto.candidates[0].model", "'local/demi' is no model of providers.yaml.", "Did you mean 'local/demo'?")]
    [InlineData(
        "auto: { candidates: [ { model: local/demo, weight: 1 } ] }",
        "auto.candidates[0].weight", "The route's strategy knows no weights.", "Remove the weight, or write strategy: weighted")]
    [InlineData(
        "auto: { strategy: weighted, candidates: [ { model: local/demo, weight: 1001 } ] }",
        "auto.candidates[0].weight", "'1001' is out of range.", "Write a number from 0 to 1000")]
    [InlineData(
        "auto: { strategy: weighted, candidates: [ { model: local/demo, weight: 0 } ] }",
        "auto.candidates[0]", "Every weight is 0", "Give at least one candidate a weight above 0")]
    [InlineData(
        "auto: { strategy: cheapest_above_quality, minQuality: 0.5, candidates: [ local/demo ] }",
        "auto.strategy", "'cheapest_above_quality' is not known.", "Did you mean 'cheapest-above-quality'?")]
    [InlineData("auto: { strategy: cheapest-above-quality, candidates: [ local/demo ] }", "auto.minQuality", "The setting is missing.", "such as 0.6")]
    [InlineData("auto: { strategy: fastest-within-budget, candidates: [ local/demo ] }", "auto.maxCostUsd", "The setting is missing.", "such as 0.02")]
    [InlineData(
        "auto: { strategy: scored, weights: { quality: 0, cost: 0, latency: 0 }, candidates: [ local/demo ] }",
        "auto.weights", "Every weight is 0", "Give at least one of quality, cost and latency a weight above 0")]
    [InlineData(
        "auto: { strategy: scored, weights: { speed: 1 }, candidates: [ local/demo ] }",
        "auto.weights.speed", "The key 'speed' is not known here.", "Known keys are quality, cost, latency")]
    [InlineData(
        "auto: { strategy: scored, costScaleUsd: 0, candidates: [ local/demo ] }",
        "auto.costScaleUsd", "'0' is out of range.", "Write a number above 0, up to 1000")]
    [InlineData("auto: { minQuality: 1.01, candidates: [ local/demo ] }", "auto.minQuality", "'1.01' is out of range.", "Write a number from 0 to 1")]
    [InlineData("auto: { minQuality: high, candidates: [ local/demo ] }", "auto.minQuality", "'high' is no number.", "Write a number from 0 to 1")]
    [InlineData("auto: { maxCostUsd: -1, candidates: [ local/demo ] }", "auto.maxCostUsd", "'-1' is out of range.", "Write a number from 0 to 1000")]
    [InlineData(
        "auto: { strategy: scored, exploration: 0.6, candidates: [ local/demo ] }",
        "auto.exploration", "'0.6' is out of range.", "Write a number from 0 to 0.5")]
    [InlineData(
        "auto: { strategy: scored, stickySeconds: 3601, candidates: [ local/demo ] }",
        "auto.stickySeconds", "'3601' is out of range.", "Write seconds from 0 to 3600")]
    [InlineData("auto: { description: x }", "auto.candidates", "The setting is missing.", "best first")]
    [InlineData(
        "auto: { candidate: [], candidates: [ local/demo ] }",
        "auto.candidate", "The key 'candidate' is not known here.", "Did you mean 'candidates'?")]
    [InlineData(
        "local/demo: { candidates: [ local/demo ] }",
        "local/demo", "'local/demo' cannot name a route", "Did you mean 'local-demo'?")]
    [InlineData("/: { candidates: [ local/demo ] }", "/", "'/' cannot name a route", "none of them a slash")]
    [InlineData("a b: { candidates: [ local/demo ] }", "a b", "'a b' cannot name a route.", "visible ASCII")]
    [InlineData("auto: local/demo", "auto", "Here stands a single value, where a mapping belongs.", "Write 'name: value'")]
    public void Load_OneWrongRoute_NamesLineKeyAndFix(string route, string key, string message, string fix)
    {
        using var folder = new PolicyFolder(routes: $$"""
            # Routes
            routes:
              {{route}}
            """);

        var error = folder.LoadSingleError();

        Assert.Equal(folder.PathOf("routes.yaml"), error.File);
        Assert.Equal((3, $"routes.{key}"), (error.Line, error.Key));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(fix, error.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("routes: {}", "There is no route.")]
    [InlineData("routes:", "There is no value.")]
    [InlineData("{}", "The setting is missing.")]
    public void Load_NoRoute_IsAnError(string text, string message)
    {
        using var folder = new PolicyFolder(routes: text);

        var error = folder.LoadSingleError();

        Assert.Equal(("routes", message), (error.Key, error.Message));
    }

    [Fact]
    public void Load_CandidateWithErrorsOfItsOwn_IsReportedOnce()
    {
        using var folder = new PolicyFolder(PolicyFolder.MinimalProviders.Replace("4096", "many", StringComparison.Ordinal));

        Assert.Equal("providers.local.models.demo.contextWindow", folder.LoadSingleError().Key);
    }

    [Fact]
    public void Load_UnreadableProviders_DoesNotBlameTheRoutes()
    {
        using var folder = new PolicyFolder("providers: [");

        Assert.EndsWith("providers.yaml", folder.LoadSingleError().File, StringComparison.Ordinal);
    }
}
