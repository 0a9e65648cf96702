using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.ProviderPath;

public sealed class TruncationTests
{
    private const string InnerError = """{"error":{"message":"The engine \"died\".","type":"server_error","param":null,"code":"engine_dead"}}""";

    [Theory]
    [InlineData(StreamEnd.Complete, "provider_truncated")]
    [InlineData(StreamEnd.Close, "provider_truncated")]
    [InlineData(StreamEnd.Reset, "provider_truncated")]
    [InlineData(StreamEnd.Silence, "provider_timeout")]
    public async Task Trap18_StreamEndsWithoutDoneOrFinishReason_ClientGetsAnErrorAndABrokenConnection(StreamEnd end, string code)
    {
        var events = ChatEvents.Text("Hello", ", world");

        var answer = await BreakAsync(events, new StreamOptions { StopAfter = 3, End = end }, limitSeconds: end == StreamEnd.Silence ? 0.3 : 20);

        Assert.Equal(code, (string?)answer.AssertBrokenStream()["code"]);
        Assert.StartsWith(Wire.Events(events.Take(3)), answer.Text, StringComparison.Ordinal);
        Assert.Equal(4, answer.Events.Count);
    }

    [Fact]
    public async Task Trap18_Http2StreamIsReset_ClientGetsAnErrorAndABrokenConnectionAndTheNextRequestIsAnswered()
    {
        var gate = new EventGate();
        await using var provider = await FakeProvider.StartAsync(FakeTransport.Http2Cleartext);
        provider.Enqueue(
            Reply.Stream(ChatEvents.Text("Hello", ", world"), new StreamOptions { StopAfter = 3, End = StreamEnd.Reset, Gate = gate }),
            Reply.Fixture("chat-completion.json"));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl) { Lines = ["httpVersion: \"2\""] });
        gate.Release(2);
        using var response = await gateway.StartAsync(Ask.Stream);
        gate.Open();

        Assert.Equal("provider_truncated", (string?)(await Delivered.ReadAsync(response)).AssertBrokenStream()["code"]);
        Assert.Equal(HttpStatusCode.OK, (await gateway.SendAsync(Ask.Whole)).Status);
        Assert.Equal(1, provider.ConnectionsAccepted);
    }

    [Fact]
    public async Task Trap18_StreamHoldsAMalformedEvent_ClientGetsWhatCameBeforeAndAnError()
    {
        var events = ChatEvents.Text("Hello", ", world");

        var answer = await BreakAsync(events, new StreamOptions { MalformedAt = 2 });

        Assert.Equal("provider_invalid_response", (string?)answer.AssertBrokenStream()["code"]);
        Assert.Equal(events.Take(2), answer.Events.SkipLast(1));
    }

    [Fact]
    public async Task Trap18_StreamEndsInsideAnEvent_TheHalfEventIsNotDelivered()
    {
        var events = ChatEvents.Text("Hello", ", world");
        var half = Wire.Event(events[2])[..30];
        await using var upstream = RawTcpUpstream.Start(
            RawStep.ReadRequest(),
            RawStep.Send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"),
            RawStep.Send(Wire.Events(events.Take(2)) + half));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", upstream.BaseUrl));

        var answer = await gateway.SendAsync(Ask.Stream);

        Assert.Equal("provider_truncated", (string?)answer.AssertBrokenStream()["code"]);
        Assert.Equal(events.Take(2), answer.Events.SkipLast(1));
    }

    [Fact]
    public async Task Trap18_ErrorEventAfterTheFirstToken_ClientGetsItInTheProvidersWordsAndABrokenConnection()
    {
        string[] events = [.. ChatEvents.Text("Hello").Take(2), InnerError];

        var answer = await BreakAsync(events, new StreamOptions());

        Assert.Equal("engine_dead", (string?)answer.AssertBrokenStream()["code"]);
        Assert.Equal(events, answer.Events);
    }

    [Fact]
    public async Task Trap18_OneOfTwoChoicesUnfinished_IsNotAnAnswer()
    {
        var events = Fixtures.Events("chat-stream-two-choices.sse");

        var answer = await BreakAsync(events, new StreamOptions { StopAfter = events.Count - 1 }, choices: 2);

        Assert.Equal("provider_truncated", (string?)answer.AssertBrokenStream()["code"]);
    }

    [Fact]
    public async Task Trap18_SecondChoiceNeverBegan_IsNotAnAnswer()
    {
        var answer = await BreakAsync(ChatEvents.Text("Hello"), new StreamOptions { Done = false }, choices: 2);

        Assert.Equal("provider_truncated", (string?)answer.AssertBrokenStream()["code"]);
    }

    [Fact]
    public async Task Trap18_BothChoicesFinishedWithoutEndMark_IsWhole()
    {
        var answer = await BreakAsync(Fixtures.Events("chat-stream-two-choices.sse"), new StreamOptions { Done = false }, choices: 2);

        Assert.Equal(Fixtures.Text("chat-stream-two-choices.sse"), answer.AssertWholeStream().Text);
    }

    [Fact]
    public async Task Trap18_StreamBreaks_ConnectionEndsWithoutTheLastChunk()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Stream(ChatEvents.Text("Hello"), new StreamOptions { StopAfter = 2 }));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));
        using var client = new TcpClient();
        await client.ConnectAsync(gateway.BaseUrl.Host, gateway.BaseUrl.Port, TestContext.Current.CancellationToken);
        var connection = client.GetStream();
        await connection.WriteAsync(
            Encoding.UTF8.GetBytes($"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {Ask.Stream.Length}\r\n\r\n{Ask.Stream}"),
            TestContext.Current.CancellationToken);

        var received = await ReadToCloseAsync(connection);

        Assert.Contains("Transfer-Encoding: chunked", received, StringComparison.Ordinal);
        Assert.Contains("provider_truncated", received, StringComparison.Ordinal);
        Assert.DoesNotContain("\r\n0\r\n", received, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StreamEnd.Complete, "provider_truncated", 502)]
    [InlineData(StreamEnd.Reset, "provider_truncated", 502)]
    [InlineData(StreamEnd.Silence, "provider_timeout", 504)]
    public async Task Trap18_StreamEndsBeforeItsFirstEvent_IsAPlainError(StreamEnd end, string code, int status)
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Stream([], new StreamOptions { StopAfter = 0, End = end }));
        await using var gateway = await ProviderGateway.StartAsync(
            new ProviderEntry("first", provider.BaseUrl) { LimitSeconds = end == StreamEnd.Silence ? 0.3 : 20 });

        var answer = await gateway.SendAsync(Ask.Stream);

        Assert.Equal(status, (int)answer.Status);
        Assert.Equal(code, answer.ErrorCode);
        Assert.Null(answer.Fault);
    }

    [Fact]
    public async Task Trap18_WholeAnswerIsCutShort_IsAPlainError()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.TruncatedJson(Fixtures.Text("chat-completion.json")));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));

        var answer = await gateway.SendAsync(Ask.Whole);

        Assert.Equal(HttpStatusCode.BadGateway, answer.Status);
        Assert.Equal("provider_truncated", answer.ErrorCode);
    }

    [Fact]
    public async Task Trap18_WholeAnswerFallsSilent_IsATimeout()
    {
        await using var upstream = RawTcpUpstream.Start(
            RawStep.ReadRequest(),
            RawStep.Send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"id\":"),
            RawStep.Hang());
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", upstream.BaseUrl) { LimitSeconds = 0.3 });

        var answer = await gateway.SendAsync(Ask.Whole);

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.Status);
        Assert.Equal("provider_timeout", answer.ErrorCode);
    }

    /// <summary>Streams with the first token delivered before anything else happens, so that no fault can overtake it.</summary>
    private static async Task<Delivered> BreakAsync(IReadOnlyList<string> events, StreamOptions options, double limitSeconds = 20, int choices = 1)
    {
        var gate = new EventGate();
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Stream(events, options with { Gate = gate }));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl) { LimitSeconds = limitSeconds });
        var body = JsonNode.Parse(Ask.Stream)!;
        body["n"] = choices;
        gate.Release(choices + 1);
        using var response = await gateway.StartAsync(body.ToJsonString());
        gate.Open();
        return await Delivered.ReadAsync(response);
    }

    private static async Task<string> ReadToCloseAsync(NetworkStream connection)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var received = new MemoryStream();
        try
        {
            await connection.CopyToAsync(received, limit.Token);
        }
        catch (IOException)
        {
            // A reset is as good as a close: what counts is what came before it.
        }

        return Encoding.UTF8.GetString(received.ToArray());
    }
}
