using System.Text.Json;
using Gateway.IntegrationTests.Operations;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Rehearsal;

/// <summary><c>gateway policy test</c>, by real processes.</summary>
public sealed class PolicyTestTests
{
    private const string Bench = "tests/Gateway.IntegrationTests/Rehearsal/failover-bench";

    [Fact]
    public async Task Test_ShippedPolicies_Pass()
    {
        var (exitCode, output, error) = await GatewayProcess.RunAsync("policy", "test", "--policies", Path.Combine(RepositoryRoot.Path, "policies"));

        Assert.Equal((0, ""), (exitCode, error));
        Assert.EndsWith(" passed, 0 failed", output.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_SixteenFaultsOfFailoverBench_Pass()
    {
        var folder = Path.Combine(RepositoryRoot.Path, Bench);
        var (exitCode, output, error) = await GatewayProcess.RunAsync("policy", "test", "--policies", folder, "--json");

        Assert.Equal((0, ""), (exitCode, error));
        var scenarios = JsonElement.Parse(output).GetProperty("scenarios").EnumerateArray().ToList();
        Assert.All(scenarios, scenario => Assert.True(scenario.GetProperty("isPassed").GetBoolean(), scenario.ToString()));
        var faults = scenarios.Select(scenario => scenario.GetProperty("name").GetString()![..3]).Distinct().Order();
        Assert.Equal(Enumerable.Range(1, 16).Select(number => $"S{number:00}"), faults);
    }

    [Fact]
    public async Task Test_ExpectationThatIsNotMet_ShowsTheDifferenceAndTheCallsAndFails()
    {
        using var folder = new TempFolder();
        Write(folder, "expect: { answeredBy: two, withinSeconds: 0.1, status: 429 }");
        var (exitCode, output, _) = await GatewayProcess.RunAsync("policy", "test", "--policies", folder.Path);

        Assert.Equal(1, exitCode);
        foreach (var expected in new[]
        {
            "FAILED  one fails over", "answeredBy: expected two, seen one/m", "withinSeconds: expected 0.1, seen ", "status: expected 429, seen 200",
            "one/m server_error (first)", "one/m answered (retry)", "0 passed, 1 failed",
        })
        {
            Assert.Contains(expected, output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("expect: { answeredBy: three }", "scenarios[0].expect.answeredBy")]
    [InlineData("expect: { attempts: [ one sleepy ] }", "scenarios[0].expect.attempts[0]")]
    [InlineData("expect: { colour: red }", "scenarios[0].expect.colour")]
    [InlineData("surprise: 1", "scenarios[0].surprise")]
    public async Task Test_WrongScenario_NamesPlaceAndKeyAndFails(string line, string key)
    {
        using var folder = new TempFolder();
        Write(folder, line);
        var (exitCode, output, error) = await GatewayProcess.RunAsync("policy", "test", "--policies", folder.Path);

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Matches(@"tests/one\.yaml:\d+:\d+ ", error);
        Assert.Contains(key, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_NoScenarios_SaysSoAndFails()
    {
        using var folder = new TempFolder();
        Write(folder, "expect: { status: 200 }");
        var (exitCode, _, error) = await GatewayProcess.RunAsync("policy", "test", "/nowhere/at/all", "--policies", folder.Path);

        Assert.Equal(1, exitCode);
        Assert.Contains("/nowhere/at/all", error, StringComparison.Ordinal);
    }

    private static void Write(TempFolder folder, string line)
    {
        folder.Write("providers.yaml", """
            providers:
              one: { dialect: openai, baseUrl: "https://one.invalid/v1", apiKey: "${ONE_KEY}", models: { m: { contextWindow: 8192 } } }
              two: { dialect: openai, baseUrl: "https://two.invalid/v1", apiKey: "${TWO_KEY}", models: { m: { contextWindow: 8192 } } }
            """);
        folder.Write("routes.yaml", "routes: { auto: { candidates: [ one/m, two/m ] } }");
        folder.Write("tests/one.yaml", $$"""
            scenarios:
              - name: one fails over
                request: { model: auto }
                faults: [ { on: one, kind: status, status: 500, times: 1 } ]
                {{line}}
            """);
    }
}
