using Xunit;

namespace Gateway.Policies.Tests.Scenarios;

public sealed class ScenarioLoaderTests
{
    [Fact]
    public void Load_EveryKey_IsRead()
    {
        var scenario = Assert.Single(Load("""
            scenarios:
              - name: everything
                request: { model: auto, stream: false, prompt: Hello, promptTokens: 500, maxTokens: 30, needs: [ tools, json_schema ] }
                models: { local/demo: { tokens: 7 }, local: { firstTokenSeconds: 0.4, tokensPerSecond: 20, tokens: 90 } }
                faults: [ { on: local/demo, kind: status, status: 429, retryAfterSeconds: 0, code: c, message: m, seconds: 1.5, times: 2, fromSeconds: 3, forSeconds: 4, share: 0.5 } ]
                before: 10
                everySeconds: 0.5
                expect:
                  answeredBy: local
                  status: 200
                  error: c
                  text: cut
                  attempts: [ local/demo rate_limited, local overtaken ]
                  maxAttempts: 4
                  withinSeconds: 5
                  firstTokenWithinSeconds: 2
                  notBeforeSeconds: 1
                  notCalled: [ local/demo ]
                  allAnswered: true
                  callsAtMost: { local: 12 }
                  circuits: { local: open }
                  opened: [ local/demo ]
            """).Scenarios);

        Assert.Equal(
            new ScenarioRequest { Model = "auto", Stream = false, Prompt = "Hello", PromptTokens = 500, MaxTokens = 30, Needs = ModelCapabilities.Tools | ModelCapabilities.JsonSchema },
            scenario.Request);
        Assert.Equal(["local", "local/demo"], scenario.Models.Select(model => model.Target.ToString()));
        Assert.Equal(
            new Fault
            {
                Kind = FaultKind.Status,
                Status = 429,
                RetryAfter = TimeSpan.Zero,
                Code = "c",
                Message = "m",
                Duration = TimeSpan.FromSeconds(1.5),
                Times = 2,
                From = TimeSpan.FromSeconds(3),
                For = TimeSpan.FromSeconds(4),
                Share = 0.5,
            },
            Assert.Single(scenario.Faults).Fault);
        Assert.Equal((10, TimeSpan.FromSeconds(0.5)), (scenario.Before, scenario.Every));
        var expect = scenario.Expect;
        Assert.Equal(["local/demo rate_limited", "local overtaken"], expect.Attempts.Select(attempt => attempt.ToString()));
        Assert.Equal((200, "c", ScenarioText.Cut, 4, true), (expect.Status, expect.Error, expect.Text, expect.MaxAttempts, expect.AllAnswered));
        Assert.Equal((new FaultTarget("local", null), 12), Assert.Single(expect.CallsAtMost));
        Assert.Equal((new FaultTarget("local", null), true), Assert.Single(expect.Circuits));
        Assert.Equal("local/demo", Assert.Single(expect.Opened).ToString());
    }

    [Fact]
    public void Load_StreamBoth_IsTwoScenarios() => Assert.Equal(
        [("both (stream)", true), ("both (whole)", false)],
        Load("scenarios: [ { name: both, request: { model: auto, stream: both }, expect: {} } ]").Scenarios.Select(scenario => (scenario.Name, scenario.Request.Stream)));

    [Theory]
    [InlineData("request: { model: auto }", "scenarios[0].expect", 1)]
    [InlineData("request: { model: outo }, expect: {}", "scenarios[0].request.model", 1)]
    [InlineData("request: { model: auto, key: ghost }, expect: {}", "scenarios[0].request.key", 1)]
    [InlineData("request: { model: auto }, expect: {}, faults: [ { on: locale, kind: reset } ]", "scenarios[0].faults[0].on", 1)]
    [InlineData("request: { model: auto }, expect: {}, faults: [ { on: local, kind: rest } ]", "scenarios[0].faults[0].kind", 1)]
    [InlineData("request: { model: auto }, expect: {}, faults: [ { on: local, kind: cut_after } ]", "scenarios[0].faults[0].tokens", 1)]
    [InlineData("request: { model: auto }, expect: {}, faults: [ { on: local, kind: hang, seconds: 3 } ]", "scenarios[0].faults[0].seconds", 1)]
    [InlineData("request: { model: auto }, expect: {}, models: { local/demi: { tokens: 1 } }", "scenarios[0].models.local/demi", 1)]
    [InlineData("request: { model: auto }, expect: { text: holey }", "scenarios[0].expect.text", 1)]
    public void Load_Mistake_IsReportedWithItsPlace(string entry, string key, int line)
    {
        var error = Assert.Single(Load($"scenarios: [ {{ name: one, {entry} }} ]").Errors);

        Assert.Equal((key, line), (error.Key, error.Line));
        Assert.EndsWith("one.yaml", error.File, StringComparison.Ordinal);
        Assert.NotEmpty(error.Fix);
    }

    [Fact]
    public void Load_NameTwice_IsAnError() => Assert.Equal(
        "scenarios[1].name",
        Assert.Single(Load("scenarios: [ { name: one, request: { model: auto }, expect: {} }, { name: one, request: { model: auto }, expect: {} } ]").Errors).Key);

    [Fact]
    public void Load_EmptyFolder_IsAnError()
    {
        using var folder = new PolicyFolder();
        var tests = Directory.CreateDirectory(folder.PathOf("tests")).FullName;

        Assert.Contains("no scenario", Assert.Single(ScenarioLoader.Load(tests, folder.LoadValid()).Errors).Message, StringComparison.Ordinal);
    }

    private static ScenarioLoadResult Load(string yaml)
    {
        using var folder = new PolicyFolder();
        var tests = Directory.CreateDirectory(folder.PathOf("tests")).FullName;
        File.WriteAllText(Path.Combine(tests, "one.yaml"), yaml);
        return ScenarioLoader.Load(tests, folder.LoadValid());
    }
}
