using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Observability;

/// <summary>A real Prometheus on a loopback port with a folder of its own, which scrapes one gateway every second.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder;
    private readonly Process _process;
    private readonly HttpClient _client;

    private PrometheusServer(TempFolder folder, Process process, int port)
    {
        _folder = folder;
        _process = process;
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = TimeSpan.FromSeconds(10) };
    }

    /// <summary>Starts a server and waits until it has scraped the gateway.</summary>
    public static async Task<PrometheusServer> StartAsync(Uri gateway)
    {
        var folder = new TempFolder();
        var port = TestPorts.Unused();
        var config = folder.Write("prometheus.yml", JsonSerializer.Serialize(new
        {
            global = new { scrape_interval = "1s", scrape_timeout = "1s" },
            scrape_configs = new[] { new { job_name = "gateway", static_configs = new[] { new { targets = new[] { gateway.Authority } } } } },
        }));
        var process = PrometheusTool.Start(
            "prometheus",
            [
                $"--config.file={config}",
                $"--storage.tsdb.path={Path.Combine(folder.Path, "data")}",
                $"--web.listen-address=127.0.0.1:{port}",
                "--enable-feature=exemplar-storage",
                "--log.level=error",
            ]);
        var server = new PrometheusServer(folder, process, port);
        try
        {
            await Wait.UntilAsync(server.IsUpAsync, StartLimit);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The value of a query that gives one series.</summary>
    public async Task<double> ValueAsync(string query)
    {
        var result = (await GetAsync("query", ("query", query)))["result"]!.AsArray();
        return double.Parse(Assert.Single(result)!["value"]![1]!.GetValue<string>(), CultureInfo.InvariantCulture);
    }

    /// <summary>What the API answers; fails with Prometheus's own words when it refuses.</summary>
    /// <param name="path">Below <c>/api/v1/</c>.</param>
    public async Task<JsonNode> GetAsync(string path, params (string Name, string Value)[] parameters)
    {
        var query = string.Join('&', parameters.Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value)}"));
        using var response = await _client.GetAsync($"api/v1/{path}?{query}");
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.True(body["status"]!.GetValue<string>() == "success", $"{path} {query}: {body["error"]}");
        return body["data"]!;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }

    private async Task<bool> IsUpAsync()
    {
        Assert.False(_process.HasExited, "Prometheus ended.");
        try
        {
            var up = (await GetAsync("query", ("query", "up")))["result"]!.AsArray();
            return up.Count == 1 && up[0]!["value"]![1]!.GetValue<string>() == "1";
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException)
        {
            // It does not listen yet, or says in plain text that it is still starting.
            return false;
        }
    }
}
