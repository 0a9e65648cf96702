using System.Text.Json.Nodes;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Testing;

public sealed class NodeClientTests
{
    private const string Model = "gpt-4o";

    [Fact]
    public async Task Run_HealthyProvider_EveryCaseIsOk()
    {
        await using FakeProvider provider = await FakeProvider.StartAsync();
        provider.RespondWith(Answer);

        NodeClientResult result = await NodeClient.RunAsync(provider.BaseUrl, "sk-test", Model);

        Assert.True(result.ExitCode == 0, string.Join('\n', result.Cases.Select(report => report.ToJsonString())) + result.Error);
        Assert.Equal(7, result.Cases.Count);
        Assert.All(result.Cases, report => Assert.True((bool?)report["ok"], report.ToJsonString()));
        Assert.Equal("Hello, wörld 👋🏽 你好", (string?)result["chat.stream.usage"]["content"]);
        Assert.All(provider.Requests, request => Assert.Equal("Bearer sk-test", request.Headers["authorization"]));
        await Assert.Single(provider.Requests, IsLong).ClientAborted.WaitAsync(Wait.DefaultTimeout);
    }

    [Fact]
    public async Task Run_WrongAnswers_NamesTheFailedCases()
    {
        await using FakeProvider provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Fixture("error-500-server-error.json", 500));

        NodeClientResult result = await NodeClient.RunAsync(provider.BaseUrl, "sk-test", Model);

        Assert.Equal(1, result.ExitCode);
        Assert.All(result.Cases, report => Assert.False((bool?)report["ok"]));
        Assert.Contains("500", (string?)result["chat"]["error"], StringComparison.Ordinal);
    }

    private static bool IsLong(RecordedRequest request) => request.BodyText.Contains("Count to one thousand", StringComparison.Ordinal);

    private static Reply Answer(RecordedRequest request)
    {
        if (request.Path == "/v1/models")
        {
            return Reply.Fixture("models.json");
        }

        JsonObject body = request.Json;
        return request.Path switch
        {
            "/v1/completions" => Reply.Fixture("completion.json"),
            _ when (string?)body["model"] != Model => Reply.Error(404, "The model `no-such-model` does not exist.", "model_not_found"),
            _ when (bool?)body["stream"] is not true => Reply.Fixture("chat-completion.json"),
            _ when IsLong(request) =>
                Reply.Stream(ChatEvents.Text("1", " 2"), new StreamOptions { StopAfter = 3, End = StreamEnd.Silence }),
            _ => Reply.StreamFixture("chat-stream-usage.sse", new StreamOptions { UsageChunk = UsageChunk.WhenAsked }),
        };
    }
}
