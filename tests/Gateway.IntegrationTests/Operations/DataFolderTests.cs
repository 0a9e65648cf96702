using System.Net.Http.Headers;
using System.Text;
using Gateway.IntegrationTests.Budgets;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Policies;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Operations;

/// <summary>A gateway whose working directory cannot be written to, as in its image, needs one other folder and no more.</summary>
public sealed class DataFolderTests : IAsyncLifetime
{
    private const string Data = "data/of one";

    private readonly TempFolder _policies = new();
    private readonly TempFolder _volume = new();
    private readonly TempFolder _work = new();
    private readonly (string Key, string Sha256) _key = VirtualKeyGenerator.Create();
    private FakeProvider _provider = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync();
        _provider.RespondWith(BudgetScene.Answer());
        _policies.Write("providers.yaml", ProviderGateway.ProvidersYaml([new ProviderEntry("first", _provider.BaseUrl) { Prices = BudgetScene.Prices, HasApiKey = false }]));
        _policies.Write("routes.yaml", "routes: { auto: { candidates: [ first/small ] } }\n");
        _policies.Write("keys.yaml", $"keys: [ {{ id: ada, organization: {BudgetScene.Organization}, team: search, sha256: {_key.Sha256} }} ]\n");
    }

    public async ValueTask DisposeAsync()
    {
        await _provider.DisposeAsync();
        _policies.Dispose();
        _volume.Dispose();
        _work.Dispose();
    }

    [Fact]
    public async Task Serve_DataPathAlone_HasAllFilesAndReportsReadTheLedgerThere()
    {
        var settings = new Dictionary<string, string> { ["Gateway__DataPath"] = Path.Combine(_volume.Path, Data), ["Ledger__IntervalSeconds"] = "0.05" };
        await using (var gateway = GatewayProcess.Start(["serve", $"--Gateway:PoliciesPath={_policies.Path}", "--Gateway:Urls=http://127.0.0.1:0"], _work.Path, settings))
        {
            using var client = new HttpClient { BaseAddress = await gateway.WaitForUrlAsync() };
            using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions") { Content = new StringContent(BudgetScene.Ask, Encoding.UTF8, "application/json") };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _key.Key);
            request.Headers.Add("Idempotency-Key", "one");
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            response.EnsureSuccessStatusCode();

            await Wait.UntilAsync(async () => (await ReportAsync()).Contains("\nsmall,1,", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_work.Path));
        Assert.Superset(
            new HashSet<string?> { "budgets.db", "idempotency.db", "ledger.db" },
            Directory.GetFiles(Path.Combine(_volume.Path, Data)).Select(Path.GetFileName).ToHashSet());

        async Task<string> ReportAsync()
        {
            await using var report = GatewayProcess.Start(["report", "spend", "--by", "model", "--format", "csv"], _work.Path, settings);
            await report.WaitForExitAsync();
            return report.Output;
        }
    }
}
