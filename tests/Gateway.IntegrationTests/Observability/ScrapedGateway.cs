using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Observability;

/// <summary>A gateway that has answered requests of several kinds, and the Prometheus that scrapes it.</summary>
public sealed class ScrapedGateway : IAsyncLifetime
{
    /// <summary>How many streams were answered.</summary>
    public const int Streams = 5;

    private FakeProvider? _provider;

    /// <summary>The ids of the streams.</summary>
    public List<string> StreamIds { get; } = [];

    public GatewayUnderTest Gateway { get; private set; } = null!;

    internal PrometheusServer Prometheus { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync();
        Gateway = await MeteredGateway.StartAsync(_provider);
        _provider.RespondWith(Reply.StreamFixture("chat-stream-reasoning.sse"));
        for (var i = 0; i < Streams; i++)
        {
            StreamIds.Add((await Gateway.AskAsync(stream: true)).RequestId);
        }

        _provider.RespondWith(Reply.Fixture("chat-completion.json"));
        await Gateway.AskAsync(stream: false);
        _provider.RespondWith(Reply.RateLimited());
        await Gateway.AskAsync(stream: false);
        await Gateway.AskAsync(stream: false, model: "nobody \\\"has\\\" this");
        await Gateway.ScrapeAfterAsync(Streams + 3);
        Prometheus = await PrometheusServer.StartAsync(Gateway.BaseUrl);
    }

    public async ValueTask DisposeAsync()
    {
        await (Prometheus?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (Gateway?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_provider?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}
