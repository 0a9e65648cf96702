using System.Net;
using System.Text.Json;
using Gateway.IntegrationTests.Budgets;
using Gateway.IntegrationTests.Operations;
using Gateway.Policies;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Limits;

/// <summary><c>gateway budgets</c> by real processes, against a running gateway.</summary>
public sealed class BudgetsCommandTests
{
    private const string FileLimit = "  in-file: { team: ads, requests: 1000, per: day }";
    private const string OneRequest = """{"team":"search","requests":1,"per":"lifetime"}""";

    private static readonly (string Key, string Sha256) Operator = VirtualKeyGenerator.Create();
    private static readonly (string Key, string Sha256) Nobody = VirtualKeyGenerator.Create();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Budgets_SetListShowDelete_DoWhatTheySay(bool onRedis)
    {
        await using var redis = onRedis ? await RedisServer.StartAsync() : null;
        await using var scene = await StartAsync(redis);
        string[] address = ["--url", scene.Gateway.BaseUrl.ToString()];

        var made = await RunAsync(["set", "one", OneRequest, .. address]);
        Assert.Equal((0, "'one' is in force on every gateway that shares the store, as revision 1.", ""), made);
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync()).Status);
        TrapTests.AssertExceeded(await scene.AskAsync());

        var listed = await RunAsync(["list", .. address]);
        Assert.Matches(@"^limit +organization +scope +scopeValue +measure +amount +used +held +remaining +period", listed.Output);
        Assert.Matches(@"\none +\S+ +team +search +requests +1 +1 +0 +0 ", listed.Output);
        Assert.Matches(@"\nin-file ", listed.Output);
        var json = JsonElement.Parse((await RunAsync(["list", "--json", .. address])).Output);
        Assert.Equal(["in-file", "one"], json.GetProperty("budgets").EnumerateArray().Select(budget => budget.GetProperty("limit").GetString()).Distinct().Order());

        var shown = JsonElement.Parse((await RunAsync(["show", "one", .. address])).Output);
        Assert.Equal(("managed", 1, "operator", OneRequest), (
            shown.GetProperty("source").GetString(), shown.GetProperty("revision").GetInt64(), shown.GetProperty("changedBy").GetString(),
            shown.GetProperty("definition").GetRawText()));

        string twoRequests = OneRequest.Replace('1', '2');
        Assert.EndsWith("as revision 2.", (await RunAsync(["set", "one", twoRequests, "--revision", "1", .. address])).Output, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync()).Status);
        TrapTests.AssertExceeded(await scene.AskAsync());
        foreach (var stale in (string[][])[["set", "one", OneRequest, "--revision", "1"], ["set", "one", OneRequest], ["delete", "one", "--revision", "1"]])
        {
            var (exitCode, output, error) = await RunAsync([.. stale, .. address]);
            Assert.Equal((1, ""), (exitCode, output));
            Assert.StartsWith("The gateway answered 412: ", error, StringComparison.Ordinal);
        }

        Assert.Equal((0, "'one' limits nothing any more.", ""), await RunAsync(["delete", "one", "--revision", "2", .. address]));
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync()).Status);
        Assert.StartsWith("The gateway answered 404: ", (await RunAsync(["show", "one", .. address])).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Budgets_WhatTheGatewayRefuses_IsSaidInItsWordsAndFails()
    {
        await using var scene = await StartAsync(redis: null);
        string[] address = ["--url", scene.Gateway.BaseUrl.ToString()];

        await AssertFailsAsync(["set", "wrong", """{"teem":"search","usd":-1,"per":"day"}""", .. address], "The gateway answered 400: ", "teem: ", "usd: ");
        await AssertFailsAsync(["set", "in-file", OneRequest, .. address], "The gateway answered 409: ");
        await AssertFailsAsync(["delete", "in-file", "--revision", "1", .. address], "The gateway answered 409: ");
        await AssertFailsAsync(["delete", "in-file", .. address], "'--revision' is required");
        await AssertFailsAsync(["list", "--url", $"http://127.0.0.1:{TestPorts.Unused()}"], "127.0.0.1");
        await AssertFailsAsync(["list", "--url", "nowhere"], "--url is no address");
        var (exitCode, _, error) = await RunAsync(["set", "one", OneRequest, .. address], Nobody.Key);
        Assert.Equal(1, exitCode);
        Assert.StartsWith("The gateway answered 403: ", error, StringComparison.Ordinal);
        Assert.DoesNotContain(Nobody.Key, error, StringComparison.Ordinal);
    }

    private static async Task AssertFailsAsync(string[] arguments, params string[] parts)
    {
        var (exitCode, _, error) = await RunAsync(arguments);
        Assert.Equal(1, exitCode);
        Assert.All(parts, part => Assert.Contains(part, error, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    private static Task<BudgetScene> StartAsync(RedisServer? redis) => BudgetScene.StartAsync(FileLimit, redis, setup: setup => setup.KeysYaml +=
        $"  - {{ id: operator, admin: true, sha256: {Operator.Sha256} }}\n"
        + $"  - {{ id: nobody, organization: acme, team: search, sha256: {Nobody.Sha256} }}\n");

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(string[] arguments, string? key = null)
    {
        using var folder = new TempFolder();
        await using var process = GatewayProcess.Start(
            ["budgets", .. arguments], folder.Path, new Dictionary<string, string> { ["GATEWAY_ADMIN_KEY"] = key ?? Operator.Key });
        int exitCode = await process.WaitForExitAsync();
        return (exitCode, process.Output.Trim(), process.Error.Trim());
    }
}
