using System.Net;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Observability;

public sealed class MetricsEndpointTests
{
    private const string KeysYaml = "keys:\n  - { id: a, team: search, sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae }\n";

    [Fact]
    public async Task Get_WithoutAccept_IsPrometheusText()
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var gateway = await MeteredGateway.StartAsync(provider);

        using var response = await gateway.Client.GetAsync("metrics");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.DoesNotContain("# EOF", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_AsPrometheusAsks_IsOpenMetricsWithTheRequestAsExample()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.StreamFixture("chat-stream-usage.sse"));
        await using var gateway = await MeteredGateway.StartAsync(provider);
        var (_, requestId) = await gateway.AskAsync(stream: true);
        await gateway.ScrapeAfterAsync(requests: 1);

        using var request = new HttpRequestMessage(HttpMethod.Get, "metrics");
        request.Headers.Add("Accept", "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1");
        using var response = await gateway.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal("application/openmetrics-text; version=1.0.0; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.EndsWith("\n# EOF\n", text, StringComparison.Ordinal);
        Assert.Contains("# UNIT gateway_first_token_seconds seconds\n", text, StringComparison.Ordinal);
        Assert.Matches($$"""gateway_first_token_seconds_bucket\{route="auto",model="small",provider="fake",stream="true",le="[^"]+"\} 1 # \{request_id="{{requestId}}"\} """, text);
    }

    [Fact]
    public async Task Get_GatewayWithKeys_NeedsNone()
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var gateway = await MeteredGateway.StartAsync(provider, KeysYaml);

        using var response = await gateway.Client.GetAsync("metrics");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Get_AfterEditsOfThePolicies_ShowsWhichIsInUse()
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var gateway = await MeteredGateway.StartAsync(provider);
        var before = await Scrape.OfAsync(gateway);
        Assert.Equal(0, before.Sum("gateway_policy_reloads_total", "outcome=refused"));

        var routes = Path.Combine(gateway.PoliciesFolder, "routes.yaml");
        var good = await File.ReadAllTextAsync(routes);
        await File.WriteAllTextAsync(routes, "routes: { auto: { candidates: [ fake/none ] } }\n");
        await Wait.UntilAsync(async () => (await Scrape.OfAsync(gateway)).Sum("gateway_policy_reloads_total", "outcome=refused") == 1);
        var refused = await Scrape.OfAsync(gateway);
        Assert.True(refused.Sum("gateway_policy_errors") > 0);
        Assert.Equal(1, refused.Sum("gateway_policy_version"));

        await File.WriteAllTextAsync(routes, good + "  more: { candidates: [ fake/small ] }\n");
        await Wait.UntilAsync(async () => (await Scrape.OfAsync(gateway)).Sum("gateway_policy_reloads_total", "outcome=accepted") == 1);
        var accepted = await Scrape.OfAsync(gateway);
        Assert.Equal(0, accepted.Sum("gateway_policy_errors"));
        Assert.Equal(2, accepted.Sum("gateway_policy_version"));
        Assert.Single(accepted.ValuesOf("gateway_policy_info", "content_hash"));
        Assert.NotEqual(before.ValuesOf("gateway_policy_info", "content_hash"), accepted.ValuesOf("gateway_policy_info", "content_hash"));
    }

    [Fact]
    public async Task Get_WithTheEngineLoaded_ShowsWhatItDoes()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(setup =>
        {
            setup.ProvidersYaml = "providers:\n  local: { dialect: local, models: { demo: { contextWindow: 2048 } } }\n";
            setup.RoutesYaml = "routes:\n  auto: { candidates: [ local/demo ] }\n";
            setup.Settings["Engine:ModelPath"] = Path.Combine(RepositoryRoot.Path, "models/demo");
        });
        await Wait.UntilAsync(async () => (await Scrape.OfAsync(gateway)).Sum("gateway_engine_kv_blocks", "model=demo") > 0, TimeSpan.FromSeconds(60));

        await gateway.AskAsync(stream: true);
        await gateway.AskAsync(stream: false);

        var scrape = await gateway.ScrapeAfterAsync(requests: 2);
        Assert.Equal(scrape.Sum("gateway_engine_kv_blocks"), scrape.Sum("gateway_engine_kv_blocks_free") + scrape.Sum("gateway_engine_kv_blocks_cached"));
        Assert.Equal(0, scrape.Sum("gateway_engine_kv_blocks_held"));
        Assert.Equal(1, scrape.Sum("gateway_engine_loaded_ratio"));
        Assert.Equal(["deepseek_v2"], scrape.ValuesOf("gateway_engine_info", "family"));
        Assert.Equal(["BF16"], scrape.ValuesOf("gateway_engine_info", "weights"));
        Assert.StartsWith("CPU", Assert.Single(scrape.ValuesOf("gateway_engine_info", "device")), StringComparison.Ordinal);
        Assert.Equal(["high", "low", "normal"], scrape.ValuesOf("gateway_engine_waiting", "priority").Order());
        Assert.Equal(scrape.Sum("gateway_engine_steps_total"), scrape.Sum("gateway_engine_batch_size_count"));
        Assert.Equal(
            scrape.Sum("gateway_engine_tokens_generated_total"),
            scrape.Sum("gateway_engine_first_token_seconds_count") + scrape.Sum("gateway_engine_time_per_token_seconds_count"));
        Assert.True(scrape.Sum("gateway_engine_kv_token_size_bytes") > 0);
        Assert.Equal(scrape.Sum("gateway_tokens_total", "kind=output"), scrape.Sum("gateway_engine_tokens_generated_total"));
        Assert.True(scrape.Sum("gateway_engine_tokens_computed_total") >= scrape.Sum("gateway_engine_tokens_generated_total"));
        Assert.Equal(1, scrape.Sum("gateway_first_token_seconds_count", "provider=local", "stream=true"));
        Assert.Equal(1, scrape.Sum("gateway_upstream_first_token_seconds_count", "provider=local", "stream=false"));
        Assert.True(scrape.Sum("gateway_overhead_seconds_sum") <= scrape.Sum("gateway_request_duration_seconds_sum"));
    }
}
