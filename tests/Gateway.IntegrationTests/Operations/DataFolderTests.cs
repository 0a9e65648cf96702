using System.Net.Http.Json;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Operations;

/// <summary>A gateway whose working directory cannot be written to, as in its image, needs one other folder and no more.</summary>
public sealed class DataFolderTests : IDisposable
{
    private readonly TempFolder _volume = new();
    private readonly TempFolder _work = new();

    public void Dispose()
    {
        _volume.Dispose();
        _work.Dispose();
    }

    [Fact]
    public async Task Serve_DataPathAlone_HasAllFilesAndReportsReadTheLedgerThere()
    {
        string data = Path.Combine(_volume.Path, "of one", "gateway");
        var settings = new Dictionary<string, string> { ["Gateway__DataPath"] = data };
        await using (var gateway = GatewayProcess.Start(["serve", "--Gateway:Urls=http://127.0.0.1:0"], _work.Path, settings))
        {
            using var client = new HttpClient { BaseAddress = await gateway.WaitForUrlAsync() };
            await Wait.UntilAsync(async () => (await client.GetAsync("health/ready")).IsSuccessStatusCode, TimeSpan.FromSeconds(60));
            using var request = new HttpRequestMessage(HttpMethod.Post, GatewayRequests.ChatPath)
            {
                Headers = { { "Idempotency-Key", "one" } },
                Content = JsonContent.Create(new { model = "auto", messages = new[] { new { role = "user", content = "ping" } } }),
            };
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            response.EnsureSuccessStatusCode();

            await Wait.UntilAsync(async () => (await ReportAsync()).Contains("\ngateway-demo,1,", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(_work.Path));
        Assert.Superset(
            new HashSet<string?> { "budgets.db", "idempotency.db", "ledger.db" }, Directory.GetFiles(data).Select(Path.GetFileName).ToHashSet());

        async Task<string> ReportAsync()
        {
            await using var report = GatewayProcess.Start(["report", "spend", "--by", "model", "--format", "csv"], _work.Path, settings);
            await report.WaitForExitAsync();
            return report.Output;
        }
    }
}
