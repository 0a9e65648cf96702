using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.Policies;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Operations;

/// <summary>The command line, by real processes.</summary>
public sealed class CommandLineTests
{
    [Fact]
    public async Task PolicyCheck_ShippedPolicies_AreGood()
    {
        var (exitCode, output, _) = await GatewayProcess.RunAsync("policy", "check");
        Assert.Equal(0, exitCode);
        Assert.Contains("files are good: 1 providers, 1 routes, 0 failover sections, 0 keys.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PolicyCheck_BrokenFolder_ListsEveryErrorAndFails()
    {
        using var folder = new TempFolder();
        folder.Write("providers.yaml", "providers: { local: { dialect: lokal, models: { demo: { contextWindow: -1 } } } }");
        folder.Write("routes.yaml", "routes: { auto: { candidates: [] } }");
        folder.Write("keys.yaml", "keys: [ { id: a, sha256: 123 } ]");
        var (exitCode, output, _) = await GatewayProcess.RunAsync("policy", "check", folder.Path);
        Assert.Equal(1, exitCode);
        foreach (var place in new[] { "lokal", "contextWindow", "routes.auto.candidates", "keys[0].sha256" })
        {
            Assert.Contains(place, output, StringComparison.Ordinal);
        }

        Assert.EndsWith($"{output.Split('\n').Count(line => line.StartsWith("error ", StringComparison.Ordinal))} errors.", output.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PolicyCheck_NoFolder_SaysSoAndFails()
    {
        var (exitCode, output, _) = await GatewayProcess.RunAsync("policy", "check", "/nowhere/at/all");
        Assert.Equal(1, exitCode);
        Assert.Contains("/nowhere/at/all", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("search-ci")]
    [InlineData("123")]
    [InlineData("null")]
    [InlineData("...")]
    public async Task KeysCreate_GoodId_PrintsAKeyThatItsEntryLetsIn(string id)
    {
        var (exitCode, output, _) = await GatewayProcess.RunAsync("keys", "create", id);
        Assert.Equal(0, exitCode);
        var lines = output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var key = lines[0].Split(' ')[^1];
        var entry = lines[^1];
        Assert.StartsWith(VirtualKeyGenerator.Prefix, key, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))), entry, StringComparison.Ordinal);

        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Fixture("chat-completion.json"));
        await using var gateway = await GatewayUnderTest.StartAsync(setup =>
        {
            FrontDoorGateway.UseProvider(setup, provider);
            setup.KeysYaml = $"keys:\n  {entry}\n";
        });
        Assert.Equal(HttpStatusCode.Unauthorized, (await gateway.Client.ChatAsync(FrontDoorGateway.GoodBody)).Status);
        gateway.Client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        Assert.Equal(HttpStatusCode.OK, (await gateway.Client.ChatAsync(FrontDoorGateway.GoodBody)).Status);
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("a, sha256: 0")]
    [InlineData("gw-secret")]
    [InlineData("é")]
    [InlineData("")]
    public async Task KeysCreate_BadId_IsRefusedAndMakesNoKey(string id)
    {
        var (exitCode, output, error) = await GatewayProcess.RunAsync("keys", "create", id);
        Assert.Equal(1, exitCode);
        Assert.Contains("id", error, StringComparison.Ordinal);
        Assert.DoesNotContain("sha256:", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("florb")]
    [InlineData("serve", "florb")]
    [InlineData("policy")]
    [InlineData("policy", "florb")]
    [InlineData("keys", "create")]
    public async Task Run_UnknownOrIncompleteVerb_ShowsWhatThereIsAndFails(params string[] arguments)
    {
        var (exitCode, output, error) = await GatewayProcess.RunAsync(arguments);
        Assert.Equal(1, exitCode);
        Assert.NotEmpty(error);
        Assert.Contains(arguments[0] is "policy" or "keys" ? arguments[0] : "policy check", output + error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output + error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--nonsense", "'gateway engine bench'", "engine", "bench", "models/demo", "--nonsense", "5")]
    [InlineData("--nonsense", "'gateway engine bench'", "engine", "bench", "--nonsense")]
    [InlineData("--bogus", "'gateway policy check'", "policy", "check", "--bogus")]
    [InlineData("--expire", "--expires", "keys", "create", "search-ci", "--expire", "30d")]
    [InlineData("second", "'gateway engine inspect'", "engine", "inspect", "models/demo", "second")]
    [InlineData("--nope", "--zone", "report", "spend", "--nope")]
    public async Task Run_OptionThatTheVerbHasNot_IsNamedAndNothingIsDone(string unknown, string named, params string[] arguments)
    {
        var (exitCode, output, error) = await GatewayProcess.RunAsync(arguments);
        Assert.Equal(1, exitCode);
        Assert.Empty(output);
        Assert.StartsWith($"'{unknown}' is unknown to ", error, StringComparison.Ordinal);
        Assert.Contains(named, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--threads is 'x'; it must be a whole number.", "engine", "bench", "--threads", "x")]
    [InlineData("--device is 'gpu'; it must be one of: auto, cpu, cuda.", "engine", "chat", "--device", "gpu")]
    [InlineData("--tokens: it must be at least 2.", "engine", "bench", "--tokens", "1")]
    [InlineData("--prompt is 5000; the model's context of 4096 tokens has room for 4095 and an answer.", "engine", "bench", "--prompt", "5000")]
    [InlineData("--context and --tokens are 4100 together; the model's context has 4096.", "engine", "bench", "--context", "4000", "--tokens", "100")]
    [InlineData("--batch, --context and --tokens: 33685504 tokens take ", "engine", "bench", "--batch", "4096", "--context", "4000", "--tokens", "96")]
    [InlineData("Option '--out' is required.", "engine", "synth", "--shape", "v2-tiny")]
    public async Task Run_WrongOption_IsNamedWithoutAPageOfHelp(string expected, params string[] arguments)
    {
        var (exitCode, output, error) = await GatewayProcess.RunAsync(arguments);
        Assert.Equal(1, exitCode);
        Assert.Empty(output);
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain("Description", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Gateway:MaxRequestBodyBytes=0", "Gateway:MaxRequestBodyBytes")]
    [InlineData("--Gateway:MaxRequestBodyBytes=many", "Gateway:MaxRequestBodyBytes")]
    [InlineData("--Gateway:RequestBodyGraceSeconds=NaN", "Gateway:RequestBodyGraceSeconds")]
    [InlineData("--Gateway:Bodies=7", "Gateway:Bodies")]
    [InlineData("--Gateway:Urls=nowhere", "Gateway:Urls")]
    [InlineData("--Gateway:Urls=http://127.0.0.1:70000", "Gateway:Urls")]
    [InlineData("--Gateway:Urls", "--Gateway:Urls")]
    [InlineData("--Gateway:PoliciesPath=/nowhere/at/all", "/nowhere/at/all")]
    [InlineData("--Engine:MaxRunningSequences=0", "Engine:MaxRunningSequences")]
    [InlineData("--Engine:Threads=all", "Engine:Threads is 'all'; it must be a whole number.")]
    [InlineData("--Engine:PinThreads=maybe", "Engine:PinThreads is 'maybe'; it must be true or false.")]
    [InlineData("--Engine:CpuKernels=sse", "Engine:CpuKernels is 'sse'; it must be one of: auto, ")]
    [InlineData("--Engine:Turbo=true", "Engine:Turbo")]
    public async Task Serve_WrongSetting_IsNamedAndFails(string setting, string named)
    {
        var (exitCode, output, error) = await GatewayProcess.RunAsync("serve", setting);
        Assert.Equal(1, exitCode);
        Assert.Contains(named, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output + error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_OccupiedPort_NamesTheSettingAndFails()
    {
        using var occupant = new TcpListener(IPAddress.Loopback, 0);
        occupant.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)occupant.LocalEndpoint).Port}";
        var (exitCode, output, error) = await GatewayProcess.RunAsync($"--Gateway:Urls={address}");
        Assert.Equal(1, exitCode);
        Assert.Contains("Gateway:Urls", error, StringComparison.Ordinal);
        Assert.Contains(address, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output + error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_FromAnotherFolder_AnswersWithTheBuiltInModelAndStopsOnSigterm()
    {
        using var elsewhere = new TempFolder();
        await using var process = GatewayProcess.Start(["serve", "--Gateway:Urls=http://127.0.0.1:0"], elsewhere.Path);
        using var client = new HttpClient { BaseAddress = await process.WaitForUrlAsync() };
        await Wait.UntilAsync(async () => (await client.GetAnswerAsync("health/ready")).Status == HttpStatusCode.OK, TimeSpan.FromSeconds(30));

        Assert.Equal("pong", (await client.ChatAsync("""{"model":"auto","messages":[{"role":"user","content":"ping"}]}""")).Text);

        await process.TerminateAsync();
        Assert.Equal(0, await process.WaitForExitAsync());
        Assert.Empty(process.Error);
        Assert.DoesNotContain("   at ", process.Output, StringComparison.Ordinal);

        // The ledger, and nothing else.
        Assert.Equal(["data"], Directory.GetFileSystemEntries(elsewhere.Path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Serve_SigtermDuringAnAnswer_LetsItEnd()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.SlowHeaders(TimeSpan.FromSeconds(4), Reply.Fixture("chat-completion.json")));
        using var folder = new TempFolder();
        var setup = new GatewaySetup();
        FrontDoorGateway.UseProvider(setup, provider);
        folder.Write("policies/providers.yaml", setup.ProvidersYaml);
        folder.Write("policies/routes.yaml", setup.RoutesYaml);
        await using var process = GatewayProcess.Start(["--Gateway:Urls=http://127.0.0.1:0"], folder.Path);
        using var client = new HttpClient { BaseAddress = await process.WaitForUrlAsync() };
        var pending = client.ChatAsync(FrontDoorGateway.GoodBody);
        await provider.WaitForRequestAsync();

        await process.TerminateAsync();

        Assert.NotEmpty((await pending).Text);
        Assert.Equal(0, await process.WaitForExitAsync());
    }
}
