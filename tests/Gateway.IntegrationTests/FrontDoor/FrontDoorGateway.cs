using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.FrontDoor;

/// <summary>A gateway before a fake provider that answers every request, shared by tests that leave no trace in it.</summary>
public sealed class FrontDoorGateway : IAsyncLifetime
{
    public const string GoodBody = """{"model":"auto","messages":[{"role":"user","content":"Hi"}]}""";

    public const int MaxBodyBytes = 256 * 1024;

    private FakeProvider _provider = null!;

    public GatewayUnderTest Gateway { get; private set; } = null!;

    public HttpClient Client => Gateway.Client;

    /// <summary>Policies with one provider, <c>fake</c>, whose model <c>echo</c> is the route <c>auto</c>.</summary>
    public static void UseProvider(GatewaySetup setup, FakeProvider provider)
    {
        setup.ProvidersYaml = $$"""
            providers:
              fake:
                dialect: openai
                baseUrl: {{provider.BaseUrl}}
                models: { echo: { contextWindow: 128000 }, "org/echo:1": { contextWindow: 128000 } }
            """;
        setup.RoutesYaml = "routes: { auto: { candidates: [ fake/echo ] } }";
    }

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync();
        _provider.RespondWith(Answer);
        Gateway = await GatewayUnderTest.StartAsync(setup =>
        {
            UseProvider(setup, _provider);
            setup.Settings["Gateway:MaxRequestBodyBytes"] = $"{MaxBodyBytes}";
        });
    }

    /// <summary>Shows that the gateway is none the worse for what came before.</summary>
    public async Task ShouldStillServeAsync() => Assert.NotEmpty((await Client.ChatAsync(GoodBody)).Text);

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await _provider.DisposeAsync();
    }

    private static Reply Answer(RecordedRequest request)
    {
        var isChat = request.Path.EndsWith("chat/completions", StringComparison.Ordinal);
        using var body = System.Text.Json.JsonDocument.Parse(request.Body, new() { MaxDepth = 200 });
        var isStream = body.RootElement.TryGetProperty("stream", out var stream) && stream.ValueKind == System.Text.Json.JsonValueKind.True;
        return (isChat, isStream) switch
        {
            (true, true) => Reply.StreamFixture("chat-stream-usage.sse"),
            (true, false) => Reply.Fixture("chat-completion.json"),
            (false, true) => Reply.StreamFixture("completion-stream.sse"),
            (false, false) => Reply.Fixture("completion.json"),
        };
    }
}

[CollectionDefinition]
public sealed class FrontDoorCollection : ICollectionFixture<FrontDoorGateway>;
