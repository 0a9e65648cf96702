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
        "auto: { candidates: [ { local: demo } ] }",
        "auto.candidates[0]", "Here stands a mapping, where a single value belongs.", "Write one value")]
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
