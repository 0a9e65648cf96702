using Gateway.IntegrationTests.FrontDoor;
using Gateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using ProcessEngine = Gateway.Providers.Local.LocalEngine;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary>A gateway whose only provider is the engine with the built-in model, loaded and shared by tests that run one after another.</summary>
public sealed class LocalGateway : IAsyncLifetime
{
    public GatewayUnderTest Gateway { get; private set; } = null!;

    public HttpClient Client => Gateway.Client;

    public ProcessEngine Engine => Gateway.Services.GetRequiredService<ProcessEngine>();

    /// <summary>Starts a gateway of one's own with the built-in model as <c>local/demo</c>, also named <c>auto</c>, and waits until it is ready.</summary>
    /// <param name="card">What to say about the model in the catalogue.</param>
    /// <param name="settings">Such as <c>Engine:MaxRunningSequences</c>.</param>
    public static async Task<GatewayUnderTest> StartAsync(string card = "contextWindow: 4096", params (string Name, string Value)[] settings)
    {
        var gateway = await GatewayUnderTest.StartAsync(setup =>
        {
            setup.ProvidersYaml = "providers: { local: { dialect: local, models: { demo: { " + card + " } } } }";
            setup.RoutesYaml = "routes: { auto: { candidates: [ local/demo ] } }";
            foreach (var (name, value) in settings)
            {
                setup.Settings[name] = value;
            }
        });
        await WaitUntilReadyAsync(gateway);
        return gateway;
    }

    public static Task WaitUntilReadyAsync(GatewayUnderTest gateway) =>
        Wait.UntilAsync(async () => (await gateway.Client.GetAnswerAsync("health/ready")).Status == System.Net.HttpStatusCode.OK, TimeSpan.FromSeconds(60));

    /// <summary>A conversation of one message, greedy.</summary>
    public static Dictionary<string, object?> Ask(string question, params (string Name, object? Value)[] more)
    {
        Dictionary<string, object?> body = new()
        {
            ["model"] = "auto",
            ["messages"] = new[] { new { role = "user", content = question } },
            ["temperature"] = 0,
        };
        foreach (var (name, value) in more)
        {
            body[name] = value;
        }

        return body;
    }

    /// <summary>Waits until the engine holds nothing any more, and checks that it lost nothing on the way.</summary>
    public static async Task WaitUntilIdleAsync(GatewayUnderTest gateway)
    {
        var engine = gateway.Services.GetRequiredService<ProcessEngine>().Current!.Engine;
        await Wait.UntilAsync(() => engine.Statistics is { Running: 0, Waiting: 0, HeldBlocks: 0 });
        engine.CheckIntegrity();
    }

    public async ValueTask InitializeAsync() => Gateway = await StartAsync("contextWindow: 4096, capabilities: [logprobs, n, completions, embeddings]");

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();
}

[CollectionDefinition]
public sealed class LocalGatewayCollection : ICollectionFixture<LocalGateway>;
