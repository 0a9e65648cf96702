using System.Text;
using Gateway.Hosting;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.IntegrationTests.LocalEngine;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Observability;

public sealed class OtlpTests
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    [Fact]
    public async Task Push_CollectorConfigured_GetsTheCatalogueAndTheRequestOnlyAsExample()
    {
        await using var collector = await FakeProvider.StartAsync();
        collector.RespondWith(Reply.Json(200, ""));
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.StreamFixture("chat-stream-usage.sse"));
        await using var gateway = await StartAsync(collector, provider, "OTEL_METRIC_EXPORT_INTERVAL");

        await gateway.AskAsync(stream: true);

        await Wait.UntilAsync(() => collector.Requests.Any(request => Text(request).Contains("gen_ai.server.time_to_first_token", StringComparison.Ordinal)));
        var push = collector.Requests.First(request => Text(request).Contains("gen_ai.server.time_to_first_token", StringComparison.Ordinal));
        Assert.Equal("/v1/metrics", push.Path);
        Assert.Contains("gateway.policy.version", Text(push), StringComparison.Ordinal);
        Assert.Contains("gen_ai.request.model", Text(push), StringComparison.Ordinal);
        Assert.Contains("request_id", Text(push), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Push_EngineInThisProcess_HasItsHistograms()
    {
        await using var collector = await FakeProvider.StartAsync();
        collector.RespondWith(Reply.Json(200, ""));
        await using var gateway = await LocalGateway.StartAsync(
            settings: [(Endpoint, $"http://127.0.0.1:{collector.Port}"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_METRIC_EXPORT_INTERVAL", "200")]);

        await gateway.Client.ChatAsync(LocalGateway.Ask("Hello"));

        await Wait.UntilAsync(() => collector.Requests.Any(request => Text(request).Contains("gateway.engine.time_per_token", StringComparison.Ordinal)));
        var push = Text(collector.Requests.First(request => Text(request).Contains("gateway.engine.time_per_token", StringComparison.Ordinal)));
        Assert.All(
            new[] { "gateway.engine.first_token", "gateway.engine.batch_size", "gateway.engine.queue_wait" },
            name => Assert.Contains(name, push, StringComparison.Ordinal));
        Assert.DoesNotContain("histogram_replay", push, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Push_CollectorConfigured_GetsASpanOfTheRequestBelowTheClientsAndOneOfEachAttempt()
    {
        await using var collector = await FakeProvider.StartAsync();
        collector.RespondWith(Reply.Json(200, ""));
        await using var provider = await FakeProvider.StartAsync();
        provider.Enqueue(Reply.ResetBeforeHeaders());
        provider.RespondWith(Reply.StreamFixture("chat-stream-usage.sse"));
        await using var gateway = await StartAsync(collector, provider, "OTEL_BSP_SCHEDULE_DELAY");
        var trace = Enumerable.Range(1, 16).Select(value => (byte)value).ToArray();
        gateway.Client.DefaultRequestHeaders.Add("traceparent", $"00-{Convert.ToHexStringLower(trace)}-00000000000000ab-01");

        await gateway.AskAsync(stream: true);

        // Spans are pushed as they end, in as many parts as it takes.
        string[] parts =
        [
            "chat auto", "chat small", Encoding.Latin1.GetString(trace), "gen_ai.usage.output_tokens", "gateway.attempt.role", "retry", "unreachable",
            "gateway.first_token", "server.address",
        ];
        await Wait.UntilAsync(() => parts.All(part => Spans().Contains(part, StringComparison.Ordinal)));

        string Spans() => string.Concat(collector.Requests.Where(request => request.Path == "/v1/traces").Select(Text));
    }

    [Theory]
    [InlineData("collector:4317")]
    [InlineData("/v1/metrics")]
    [InlineData("not an address")]
    public async Task Start_CollectorThatIsNoUrl_IsRefusedByName(string endpoint)
    {
        var exception = await Assert.ThrowsAsync<StartException>(() => GatewayUnderTest.StartAsync(setup =>
        {
            setup.ProvidersYaml = "providers:\n  fake: { dialect: openai, baseUrl: http://127.0.0.1:1/v1, models: { small: { contextWindow: 8192 } } }\n";
            setup.RoutesYaml = "routes:\n  auto: { candidates: [ fake/small ] }\n";
            setup.Settings[Endpoint] = endpoint;
        }));

        Assert.StartsWith($"{Endpoint}: '{endpoint}' is no http URL.", Assert.Single(exception.Errors), StringComparison.Ordinal);
    }

    /// <summary>A gateway that pushes to the collector every 200 ms, as the setting says.</summary>
    private static Task<GatewayUnderTest> StartAsync(FakeProvider collector, FakeProvider provider, string intervalSetting) => GatewayUnderTest.StartAsync(setup =>
    {
        setup.ProvidersYaml = $"providers:\n  fake: {{ dialect: openai, baseUrl: {provider.BaseUrl}, models: {{ small: {{ contextWindow: 8192 }} }} }}\n";
        setup.RoutesYaml = "routes:\n  auto: { candidates: [ fake/small ] }\n";
        setup.Settings[Endpoint] = $"http://127.0.0.1:{collector.Port}";
        setup.Settings["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        setup.Settings[intervalSetting] = "200";
    });

    private static string Text(RecordedRequest request) => Encoding.Latin1.GetString(request.Body.Span);
}
