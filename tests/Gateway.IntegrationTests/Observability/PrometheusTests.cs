using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Observability;

/// <summary>What Prometheus itself makes of the gateway's metrics.</summary>
public sealed partial class PrometheusTests(ScrapedGateway scraped) : IClassFixture<ScrapedGateway>
{
    [Fact]
    public async Task Promtool_ChecksMetrics_FindsNothing()
    {
        var (exitCode, output) = await PrometheusTool.CheckAsync(["check", "metrics"], await scraped.Gateway.Client.GetStringAsync("metrics"));

        Assert.Equal("", output);
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public async Task Prometheus_Scrapes_WithoutAnErrorAndAsOpenMetrics()
    {
        var target = Assert.Single((await scraped.Prometheus.GetAsync("targets"))["activeTargets"]!.AsArray())!;
        Assert.Equal("up", target["health"]!.GetValue<string>());
        Assert.Equal("", target["lastError"]!.GetValue<string>());

        // Units only come with OpenMetrics.
        var metadata = await scraped.Prometheus.GetAsync("targets/metadata", ("metric", "gateway_first_token_seconds"));
        Assert.Equal("seconds", Assert.Single(metadata.AsArray())!["unit"]!.GetValue<string>());
    }

    [Fact]
    public async Task Prometheus_Queries_GiveWhatWasDone()
    {
        Assert.Equal(ScrapedGateway.Streams + 1, await scraped.Prometheus.ValueAsync("""sum(gateway_requests_total{outcome="success"})"""));
        Assert.Equal(1, await scraped.Prometheus.ValueAsync("""gateway_requests_total{outcome="provider",code="provider_rate_limited"}"""));
        Assert.Equal(1, await scraped.Prometheus.ValueAsync("""gateway_requests_total{route="other",outcome="caller"}"""));
        Assert.Equal((ScrapedGateway.Streams * 13) + 46, await scraped.Prometheus.ValueAsync("""gateway_tokens_total{kind="output"}"""));
        Assert.Equal(ScrapedGateway.Streams, await scraped.Prometheus.ValueAsync("""gateway_first_token_seconds_bucket{stream="true",le="+Inf"}"""));
        Assert.InRange(await scraped.Prometheus.ValueAsync("""histogram_quantile(0.5, gateway_first_token_seconds_bucket{stream="true"})"""), 0, 300);
    }

    [Fact]
    public async Task Prometheus_Exemplars_LeadToRequests()
    {
        var now = TimeProvider.System.GetUtcNow();
        var data = await scraped.Prometheus.GetAsync(
            "query_exemplars", ("query", """gateway_first_token_seconds_bucket{stream="true"}"""), ("start", Unix(now.AddHours(-1))), ("end", Unix(now.AddMinutes(1))));

        var ids = data.AsArray().SelectMany(series => series!["exemplars"]!.AsArray()).Select(exemplar => exemplar!["labels"]!["request_id"]!.GetValue<string>()).ToList();
        Assert.NotEmpty(ids);
        Assert.All(ids, id => Assert.Contains(id, scraped.StreamIds));
    }

    [Fact]
    public async Task Prometheus_QueriesOfTheDashboardAndTheDocument_AreRead()
    {
        var dashboard = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "grafana/gateway.json")))!;
        var document = await File.ReadAllTextAsync(Path.Combine(RepositoryRoot.Path, "docs/features/metrics.md"));
        var queries = dashboard["panels"]!.AsArray().SelectMany(panel => panel!["targets"]?.AsArray() ?? []).Select(target => target!["expr"]!.GetValue<string>())
            .Concat(Blocks().Matches(document[document.IndexOf("## Queries", StringComparison.Ordinal)..]).Select(match => match.Groups["query"].Value))
            .ToList();

        Assert.True(queries.Count > 30);
        foreach (var query in queries)
        {
            await scraped.Prometheus.GetAsync("query", ("query", query.Replace("$__rate_interval", "1m").Replace("$route", ".*").Replace("$model", ".*")));
        }
    }

    private static string Unix(DateTimeOffset time) => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^```\n(?<query>.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();
}
