using System.Text.Json;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.IntegrationTests.Observability;
using Gateway.IntegrationTests.Operations;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Rehearsal;

/// <summary>Decision records of a running gateway, and what <c>gateway policy simulate</c> makes of them.</summary>
public sealed class RecordsTests
{
    private const string Secret = "xylophone-aubergine";
    private const string Body = $$"""{"model":"auto","messages":[{"role":"user","content":"Say {{Secret}}"}]}""";

    [Fact]
    public async Task Records_Requests_AreLinesOfNumbersWithoutText()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "records.jsonl");
        await ServeAsync(path, requests: 3);

        var lines = await File.ReadAllLinesAsync(path);
        Assert.Equal(3, lines.Length);
        Assert.All(lines, line =>
        {
            Assert.DoesNotContain(Secret, line, StringComparison.Ordinal);
            var record = JsonElement.Parse(line);
            Assert.StartsWith("req_", record.GetProperty("request_id").GetString(), StringComparison.Ordinal);
            Assert.Equal(("auto", "answered"), (record.GetProperty("route").GetString(), record.GetProperty("outcome").GetString()));
            Assert.InRange(record.GetProperty("profile").GetProperty("prompt_tokens").GetProperty("openai").GetInt32(), 1, 100);
            Assert.True(record.GetProperty("cost_nano_usd").GetInt64() > 0);
            Assert.True(record.GetProperty("attempts").EnumerateArray().Last().GetProperty("output_tokens").GetInt64() > 0);
        });
        var attempts = JsonElement.Parse(lines[0]).GetProperty("attempts").EnumerateArray().ToList();
        Assert.Equal(["failed", "answered"], attempts.Select(attempt => attempt.GetProperty("outcome").GetString()));
        Assert.Equal("server_error", attempts[0].GetProperty("kind").GetString());
    }

    [Fact]
    public async Task Records_FileThatCannotBeWritten_StopsTheStart()
    {
        var (exitCode, _, error) = await GatewayProcess.RunAsync("serve", "--Gateway:RecordsPath=/nowhere/at/all/records.jsonl");

        Assert.Equal(1, exitCode);
        Assert.Contains("Gateway:RecordsPath", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Records_DiskThatIsGone_AreDroppedAndCountedAndRequestsGoOn()
    {
        using var folder = new TempFolder();
        var below = Directory.CreateDirectory(Path.Combine(folder.Path, "below")).FullName;
        await using var provider = await StartProviderAsync();
        await using var gateway = await StartGatewayAsync(provider, Path.Combine(below, "records.jsonl"));
        Directory.Delete(below, recursive: true);

        Assert.NotEmpty((await gateway.Client.ChatAsync(Body)).Text);

        await Wait.UntilAsync(async () => (await Scrape.OfAsync(gateway)).Sum("gateway_records_dropped_total") == 1);
        await gateway.LoggedAsync("Error ", "records.jsonl");
    }

    [Fact]
    public async Task Simulate_RecordedTraffic_ComparesPoliciesAndSkipsWhatIsNoRecord()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "records.jsonl");
        await ServeAsync(path, requests: 20);
        await File.AppendAllTextAsync(path, "no record\n{\"route\":\"auto\"}\n");
        WritePolicies(folder, "old", "fake/echo", price: 4);
        WritePolicies(folder, "new", "fake/cheap", price: 4);

        var (exitCode, output, error) = await GatewayProcess.RunAsync(
            "policy", "simulate", "--traffic", path, "--baseline", Path.Combine(folder.Path, "old"), "--policy", Path.Combine(folder.Path, "new"), "--json");

        Assert.Equal(0, exitCode);
        Assert.Contains("records.jsonl:21", error, StringComparison.Ordinal);
        Assert.Contains("records.jsonl:22", error, StringComparison.Ordinal);
        var report = JsonElement.Parse(output);
        Assert.Equal((20, 2), (report.GetProperty("requests").GetInt32(), report.GetProperty("skipped").GetArrayLength()));
        var (baseline, changed) = (report.GetProperty("baseline"), report.GetProperty("new"));

        // As it was: five requests failed once, were tried again and were answered.
        Assert.Equal([20, 0, 25], new[] { "answered", "failed", "calls" }.Select(name => baseline.GetProperty(name).GetInt32()));
        Assert.Equal(1, baseline.GetProperty("shares").GetProperty("fake/echo").GetDouble());
        Assert.Equal(1, changed.GetProperty("shares").GetProperty("fake/cheap").GetDouble());
        Assert.InRange(changed.GetProperty("costUsd").GetDouble(), 0, baseline.GetProperty("costUsd").GetDouble() / 10);
        Assert.Equal("fake/cheap", Assert.Single(changed.GetProperty("assumed").EnumerateArray()).GetString());

        var (again, sameOutput, _) = await GatewayProcess.RunAsync(
            "policy", "simulate", "--traffic", path, "--baseline", Path.Combine(folder.Path, "old"), "--policy", Path.Combine(folder.Path, "new"), "--json");
        Assert.Equal((0, output), (again, sameOutput));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}\n")]
    public async Task Simulate_NoRecord_SaysSoAndFails(string content)
    {
        using var folder = new TempFolder();
        WritePolicies(folder, "new", "fake/echo", price: 4);
        var (exitCode, output, error) = await GatewayProcess.RunAsync(
            "policy", "simulate", "--traffic", folder.Write("records.jsonl", content), "--policy", Path.Combine(folder.Path, "new"));

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("There is no decision record", error, StringComparison.Ordinal);
    }

    /// <summary>Makes requests, of which every fourth is answered at the second try.</summary>
    private static async Task ServeAsync(string path, int requests)
    {
        await using var provider = await StartProviderAsync();
        await using var gateway = await StartGatewayAsync(provider, path);
        for (var request = 0; request < requests; request++)
        {
            if (request % 4 == 0)
            {
                provider.Enqueue(Reply.Fixture("error-500-server-error.json", 500));
            }

            Assert.NotEmpty((await gateway.Client.ChatAsync(Body)).Text);
        }

        // A request is recorded after its client has the answer.
        await Wait.UntilAsync(async () => (await File.ReadAllLinesAsync(path)).Length == requests);
    }

    private static async Task<FakeProvider> StartProviderAsync()
    {
        var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Fixture("chat-completion.json"));
        return provider;
    }

    private static Task<GatewayUnderTest> StartGatewayAsync(FakeProvider provider, string path) => GatewayUnderTest.StartAsync(setup =>
    {
        setup.ProvidersYaml = ProvidersYaml(provider.BaseUrl, price: 4);
        setup.RoutesYaml = "routes: { auto: { candidates: [ fake/echo ] } }";
        setup.Settings["Gateway:RecordsPath"] = path;
    });

    private static void WritePolicies(TempFolder folder, string name, string candidate, int price)
    {
        folder.Write($"{name}/providers.yaml", ProvidersYaml("https://fake.invalid/v1", price));
        folder.Write($"{name}/routes.yaml", $"routes: {{ auto: {{ candidates: [ {candidate} ] }} }}");
    }

    private static string ProvidersYaml(string baseUrl, int price) => $$"""
        providers:
          fake:
            dialect: openai
            baseUrl: {{baseUrl}}
            models:
              echo: { contextWindow: 8192, prices: { input: {{price}}, output: {{price}} } }
              cheap: { contextWindow: 8192, prices: { input: 0.1, output: 0.1 } }
        """;
}
