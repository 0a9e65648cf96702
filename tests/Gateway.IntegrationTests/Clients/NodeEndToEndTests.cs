using System.Net;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Clients;

/// <summary>The unmodified npm client against the gateway.</summary>
public sealed class NodeEndToEndTests
{
    private const string LongTask = "Count to one thousand";

    [Fact]
    public async Task NpmClient_ProviderBehindTheGateway_EveryCaseIsOk()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Answer);
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));

        var result = await RunAsync(gateway, "auto");

        Assert.Equal("Hello, wörld 👋🏽 你好", (string?)result["chat.stream"]["content"]);
        Assert.Equal("Hello, wörld 👋🏽 你好", (string?)result["chat.stream.usage"]["content"]);
        Assert.Equal("caller_model_not_found", (string?)result["chat.unknown-model"]["code"]);
        await Assert.Single(provider.Requests, IsLong).ClientAborted.WaitAsync(Wait.DefaultTimeout, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task NpmClient_BuiltInModel_EveryCaseIsOk()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(setup =>
        {
            setup.ProvidersYaml = "providers:\n  local:\n    dialect: local\n    models:\n      gateway-demo: { contextWindow: 4096, maxOutputTokens: 64 }\n";
            setup.RoutesYaml = "routes:\n  auto: { candidates: [ local/gateway-demo ] }\n";
        });
        await Wait.UntilAsync(async () => await IsReadyAsync(gateway), TimeSpan.FromSeconds(60));

        await RunAsync(gateway, "gateway-demo");
    }

    private static async Task<NodeClientResult> RunAsync(GatewayUnderTest gateway, string model)
    {
        var result = await NodeClient.RunAsync(
            new Uri(gateway.BaseUrl, "v1").AbsoluteUri, "sk-any", model, TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);

        Assert.True(result.ExitCode == 0, string.Join('\n', result.Cases.Select(report => report.ToJsonString())) + result.Error);
        Assert.Equal(7, result.Cases.Count);
        return result;
    }

    private static async Task<bool> IsReadyAsync(GatewayUnderTest gateway)
    {
        using var response = await gateway.Client.GetAsync("health/ready");
        return response.StatusCode == HttpStatusCode.OK;
    }

    private static bool IsLong(RecordedRequest request) => request.BodyText.Contains(LongTask, StringComparison.Ordinal);

    private static Reply Answer(RecordedRequest request) => request switch
    {
        { Path: "/v1/completions" } => Reply.Fixture("completion.json"),
        _ when (bool?)request.Json["stream"] is not true => Reply.Fixture("chat-completion.json"),
        _ when IsLong(request) => Reply.Stream(ChatEvents.Text("1", " 2"), new StreamOptions { StopAfter = 3, End = StreamEnd.Silence }),
        _ => Reply.StreamFixture("chat-stream-usage.sse", new StreamOptions { UsageChunk = UsageChunk.WhenAsked }),
    };
}
