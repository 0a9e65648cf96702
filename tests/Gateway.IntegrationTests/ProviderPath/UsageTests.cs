using System.Text.Json.Nodes;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.ProviderPath;

public sealed class UsageTests
{
    private static readonly StreamOptions AsOpenAI = new() { UsageChunk = UsageChunk.WhenAsked };

    [Fact]
    public async Task Trap32_Stream_UsageNotAsked_NoChunkCarriesIt()
    {
        var events = Fixtures.Events("chat-stream-usage.sse");

        var answer = await StreamAsync(Ask.Stream, Reply.Stream(events, AsOpenAI));

        var expected = events.SkipLast(1).Select(payload => payload.Replace(",\"usage\":null", "", StringComparison.Ordinal));
        Assert.Equal(Wire.Events(expected) + Wire.Done, answer.Text);
        Assert.DoesNotContain("usage", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"choices\":[]", answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"include_usage\":false}")]
    [InlineData("{}")]
    [InlineData("null")]
    public async Task Trap32_Stream_UsageDeclined_NoChunkCarriesIt(string streamOptions)
    {
        var body = $$"""{"model":"auto","messages":[{"role":"user","content":"Hi"}],"stream":true,"stream_options":{{streamOptions}}}""";

        var answer = await StreamAsync(body, Reply.StreamFixture("chat-stream-usage.sse", AsOpenAI));

        Assert.DoesNotContain("usage", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trap32_Stream_UsageAsked_ComesInAChunkWithoutChoices()
    {
        var answer = await StreamAsync(Ask.StreamWithUsage, Reply.StreamFixture("chat-stream-usage.sse", AsOpenAI));

        Assert.Equal(Fixtures.Text("chat-stream-usage.sse"), answer.Text);
        Assert.Contains("\"choices\":[],\"usage\":{\"prompt_tokens\":19", answer.Events[^2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(""""{"usage":null,"choices":[{"index":0,"delta":{"content":"a"}}]}"""", """{"choices":[{"index":0,"delta":{"content":"a"}}]}""")]
    [InlineData("""{ "usage" : {"prompt_tokens":1} , "choices":[{"index":0,"delta":{"content":"a"}}] }""", """{ "choices":[{"index":0,"delta":{"content":"a"}}] }""")]
    [InlineData("""{"choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":1,"completion_tokens":1},"x":1e400}""", """{"choices":[{"index":0,"delta":{"content":"a"}}],"x":1e400}""")]
    public async Task Trap32_Stream_UsageBesideChoicesNotAsked_IsTakenOutAndTheChoicesStay(string sent, string expected)
    {
        var answer = await StreamAsync(Ask.Stream, Reply.Stream([sent, ChatEvents.Finish()]));

        Assert.Equal(Wire.Events([expected, ChatEvents.Finish()]) + Wire.Done, answer.Text);
    }

    [Theory]
    [InlineData(LineEnding.Lf)]
    [InlineData(LineEnding.CrLf)]
    [InlineData(LineEnding.Cr)]
    public async Task Trap32_Stream_UsageNotAskedAndDataOnSeveralLines_NoChunkCarriesItAndAllStayReadable(LineEnding lineEnding)
    {
        var options = new StreamOptions { MultiLineData = true, LineEnding = lineEnding, Chunking = Chunking.EachByte };

        var answer = await StreamAsync(Ask.Stream, Reply.StreamFixture("chat-stream-usage.sse", options));

        Assert.DoesNotContain("usage", answer.Text, StringComparison.Ordinal);
        var chunks = answer.Events.SkipLast(1).Select(payload => JsonNode.Parse(payload)!);
        Assert.Equal("Hello, wörld 👋🏽 你好", string.Concat(chunks.Select(chunk => (string?)chunk["choices"]![0]!["delta"]!["content"])));
    }

    [Fact]
    public async Task Trap32_Stream_ProviderSendsNoUsage_StreamIsWholeWithoutIt()
    {
        var answer = await StreamAsync(Ask.StreamWithUsage, Reply.Stream(ChatEvents.Text("Hello")));

        Assert.Equal(Wire.Events(ChatEvents.Text("Hello")) + Wire.Done, answer.Text);
    }

    private static async Task<Delivered> StreamAsync(string body, Reply reply)
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(reply);
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));

        var answer = (await gateway.SendAsync(body)).AssertWholeStream();

        Assert.True((bool?)provider.Requests.Single().Json["stream_options"]!["include_usage"]);
        return answer;
    }
}
