using System.Net;
using System.Net.ServerSentEvents;
using System.Net.Sockets;
using System.Text;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Testing;

public sealed class StreamReplyTests : IAsyncLifetime
{
    private static readonly IReadOnlyList<string> Events = ChatEvents.Text("Hel", "lo wörld 👋🏽");

    private readonly HttpClient _client = new(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.All })
    {
        Timeout = TimeSpan.FromSeconds(20),
    };

    private FakeProvider _provider = null!;

    public static TheoryData<StreamOptions> HealthyForms() =>
    [
        new StreamOptions(),
        new StreamOptions { LineEnding = LineEnding.CrLf },
        new StreamOptions { LineEnding = LineEnding.Cr },
        new StreamOptions { Comment = "PROCESSING" },
        new StreamOptions { Comment = "PROCESSING", LineEnding = LineEnding.CrLf, MultiLineData = true },
        new StreamOptions { Chunking = Chunking.EachByte },
        new StreamOptions { Chunking = Chunking.Every(7), LineEnding = LineEnding.CrLf },
        new StreamOptions { Chunking = Chunking.At(1, 5, 6), MultiLineData = true },
        new StreamOptions { Chunking = Chunking.OneWrite },
        new StreamOptions { ContentCoding = ContentCoding.Gzip },
        new StreamOptions { ContentCoding = ContentCoding.Brotli, Chunking = Chunking.EachByte },
        new StreamOptions { ContentCoding = ContentCoding.Deflate },
        new StreamOptions { DeclareContentLength = true },
        new StreamOptions { FirstEventDelay = TimeSpan.FromMilliseconds(2), EventDelay = TimeSpan.FromMilliseconds(1) },
    ];

    public async ValueTask InitializeAsync() => _provider = await FakeProvider.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task Stream_Default_HasTheBytesOfAHealthyProvider()
    {
        _provider.Enqueue(Reply.Stream(["{\"a\":1}", "{\"b\":2}"]));
        using HttpResponseMessage response = await _client.StartAsync(_provider);

        Assert.Equal("text/event-stream; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Null(response.Content.Headers.ContentLength);
        Assert.Equal("data: {\"a\":1}\n\ndata: {\"b\":2}\n\ndata: [DONE]\n\n", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [MemberData(nameof(HealthyForms), DisableDiscoveryEnumeration = true)]
    public async Task Stream_HealthyForm_CarriesTheSameEvents(StreamOptions options)
    {
        _provider.Enqueue(Reply.Stream(Events, options));
        using HttpResponseMessage response = await _client.StartAsync(_provider);
        await using Stream body = await response.Content.ReadAsStreamAsync();

        List<string> payloads = [];
        await foreach (SseItem<string> item in SseParser.Create(body).EnumerateAsync())
        {
            payloads.Add(item.Data.Replace("\n", "", StringComparison.Ordinal));
        }

        Assert.Equal([.. Events, "[DONE]"], payloads);
    }

    [Fact]
    public async Task Stream_CommentAndMultiLineData_AreOnTheWire()
    {
        var options = new StreamOptions { Comment = "wait", MultiLineData = true, LineEnding = LineEnding.CrLf, Done = false };
        _provider.Enqueue(Reply.Stream(["{\"a\":1}"], options));

        (_, string body) = await _client.AskAsync(_provider);

        Assert.Equal(": wait\r\n\r\ndata: {\r\ndata: \"a\":1\r\ndata: }\r\n\r\n", body);
    }

    [Fact]
    public async Task Stream_EachByte_IsOneHttpChunkPerByte()
    {
        _provider.Enqueue(Reply.Stream(["é"], new StreamOptions { Chunking = Chunking.EachByte, Done = false }));

        byte[] wire = await ReadRawAsync();

        byte[] chunks = [.. "data: é\n\n"u8.ToArray().SelectMany(value => (byte[])[.. "1\r\n"u8, value, .. "\r\n"u8])];
        Assert.True(wire.AsSpan().IndexOf(chunks) > 0, Encoding.Latin1.GetString(wire));
        Assert.EndsWith("0\r\n\r\n", Encoding.Latin1.GetString(wire), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stream_CutAtOffsets_JoinsEventsAcrossThem()
    {
        _provider.Enqueue(Reply.Stream(["1", "2"], new StreamOptions { Chunking = Chunking.At(3, 12), Done = false }));

        string wire = Encoding.ASCII.GetString(await ReadRawAsync());

        Assert.EndsWith("\r\n\r\n3\r\ndat\r\n9\r\na: 1\n\ndat\r\n6\r\na: 2\n\n\r\n0\r\n\r\n", wire, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gate_Released_LetsOneEventGoAtATime()
    {
        var gate = new EventGate();
        _provider.Enqueue(Reply.Stream(["1", "2"], new StreamOptions { Gate = gate }));
        using HttpResponseMessage response = await _client.StartAsync(_provider);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());

        Task<string?> first = reader.ReadLineAsync();
        Assert.False(first.IsCompleted);
        gate.Release();
        Assert.Equal("data: 1", await first);
        Assert.Equal("", await reader.ReadLineAsync());
        Task<string?> second = reader.ReadLineAsync();
        Assert.False(second.IsCompleted);
        gate.Open();
        Assert.Equal("data: 2", await second);
        Assert.Equal("\ndata: [DONE]\n\n", await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task StopAfter_Complete_EndsCleanlyWithoutDone()
    {
        _provider.Enqueue(Reply.Stream(["1", "2", "3"], new StreamOptions { StopAfter = 2 }));

        (_, string body) = await _client.AskAsync(_provider);

        Assert.Equal("data: 1\n\ndata: 2\n\n", body);
    }

    [Fact]
    public async Task End_Close_IsAnUnfinishedMessage()
    {
        _provider.Enqueue(Reply.Stream(["1", "2"], new StreamOptions { StopAfter = 1, End = StreamEnd.Close }));

        (string received, Exception error) = await ReadUntilFailureAsync();

        Assert.Equal("data: 1\n\n", received);
        Assert.Equal(HttpRequestError.ResponseEnded, Assert.IsType<HttpIOException>(error).HttpRequestError);
    }

    [Fact]
    public async Task End_Reset_IsAConnectionReset()
    {
        _provider.Enqueue(Reply.Stream(["1", "2"], new StreamOptions { StopAfter = 1, End = StreamEnd.Reset }));

        (string received, Exception error) = await ReadUntilFailureAsync();

        Assert.Equal("data: 1\n\n", received);
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(error.GetBaseException()).SocketErrorCode);
        Assert.False(_provider.Requests[0].ClientAborted.IsCompleted);
    }

    [Fact]
    public async Task End_Silence_LastsUntilTheClientLeaves()
    {
        _provider.Enqueue(Reply.Stream(["1", "2"], new StreamOptions { StopAfter = 1, End = StreamEnd.Silence }));
        HttpResponseMessage response = await _client.StartAsync(_provider);
        Stream body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte["data: 1\n\n".Length]);
        ValueTask<int> next = body.ReadAsync(new byte[1]);
        Assert.False(next.IsCompleted);
        Assert.False(_provider.Requests[0].ClientAborted.IsCompleted);

        response.Dispose();

        await _provider.Requests[0].ClientAborted.WaitAsync(Wait.DefaultTimeout);
        await Assert.ThrowsAnyAsync<Exception>(() => next.AsTask());
    }

    [Fact]
    public async Task MalformedAt_One_IsHalfAnObject()
    {
        _provider.Enqueue(Reply.Stream(["{\"a\":1}", "{\"b\":22}"], new StreamOptions { MalformedAt = 1 }));

        (_, string body) = await _client.AskAsync(_provider);

        Assert.Equal("data: {\"a\":1}\n\ndata: {\"b\"\n\ndata: [DONE]\n\n", body);
    }

    [Fact]
    public async Task FinalBlankLine_False_LeavesTheLastEventOpen()
    {
        _provider.Enqueue(Reply.Stream(["1"], new StreamOptions { FinalBlankLine = false, LineEnding = LineEnding.CrLf }));

        (_, string body) = await _client.AskAsync(_provider);

        Assert.Equal("data: 1\r\n\r\ndata: [DONE]\r\n", body);
    }

    [Theory]
    [InlineData(UsageChunk.AsScripted, "{}", true)]
    [InlineData(UsageChunk.Never, "{\"stream_options\":{\"include_usage\":true}}", false)]
    [InlineData(UsageChunk.WhenAsked, "{\"stream_options\":{\"include_usage\":true}}", true)]
    [InlineData(UsageChunk.WhenAsked, "{\"stream_options\":{}}", false)]
    [InlineData(UsageChunk.WhenAsked, "{}", false)]
    public async Task UsageChunk_Request_DecidesAsScripted(UsageChunk usage, string request, bool sent)
    {
        _provider.Enqueue(Reply.StreamFixture("chat-stream-usage.sse", new StreamOptions { UsageChunk = usage }));

        (_, string body) = await _client.AskAsync(_provider, request);

        Assert.Equal(sent, body.Contains("\"choices\":[],\"usage\":{", StringComparison.Ordinal));
        Assert.EndsWith("data: [DONE]\n\n", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StreamFixture_Default_IsTheFixtureByteForByte()
    {
        foreach (string name in Fixtures.Names.Where(name => name.EndsWith(".sse", StringComparison.Ordinal)))
        {
            _provider.Enqueue(Reply.StreamFixture(name));

            (_, string body) = await _client.AskAsync(_provider);

            Assert.Equal(Fixtures.Text(name), body);
        }
    }

    private async Task<(string Received, Exception Error)> ReadUntilFailureAsync()
    {
        using HttpResponseMessage response = await _client.StartAsync(_provider);
        await using Stream body = await response.Content.ReadAsStreamAsync();
        using var received = new MemoryStream();
        Exception error = await Assert.ThrowsAnyAsync<IOException>(() => body.CopyToAsync(received));
        return (Encoding.UTF8.GetString(received.ToArray()), error);
    }

    private async Task<byte[]> ReadRawAsync()
    {
        using var limit = new CancellationTokenSource(Wait.DefaultTimeout);
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, _provider.Port, limit.Token);
        NetworkStream stream = connection.GetStream();
        const string Request = "POST /v1/chat/completions HTTP/1.1\r\nHost: fake\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(Request), limit.Token);
        using var wire = new MemoryStream();
        await stream.CopyToAsync(wire, limit.Token);
        return wire.ToArray();
    }
}
