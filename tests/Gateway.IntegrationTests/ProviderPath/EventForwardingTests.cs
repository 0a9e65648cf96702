using System.Net;
using System.Text;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.ProviderPath;

public sealed class EventForwardingTests
{
    private static readonly Dictionary<string, StreamOptions> WireForms = new()
    {
        ["plain"] = new(),
        ["one byte per write"] = new() { Chunking = Chunking.EachByte },
        ["seven bytes per write"] = new() { Chunking = Chunking.Every(7) },
        ["all in one write"] = new() { Chunking = Chunking.OneWrite },
        ["CRLF"] = new() { LineEnding = LineEnding.CrLf },
        ["CRLF, one byte per write"] = new() { LineEnding = LineEnding.CrLf, Chunking = Chunking.EachByte },
        ["CR"] = new() { LineEnding = LineEnding.Cr },
        ["CR, one byte per write"] = new() { LineEnding = LineEnding.Cr, Chunking = Chunking.EachByte },
        ["comments"] = new() { Comment = "OPENROUTER PROCESSING" },
        ["multi-line data"] = new() { MultiLineData = true },
        ["multi-line data, CRLF, comments"] = new() { MultiLineData = true, LineEnding = LineEnding.CrLf, Comment = "ping" },
        ["gzip"] = new() { ContentCoding = ContentCoding.Gzip },
        ["brotli"] = new() { ContentCoding = ContentCoding.Brotli },
        ["deflate"] = new() { ContentCoding = ContentCoding.Deflate },
        ["gzip, one byte per write"] = new() { ContentCoding = ContentCoding.Gzip, Chunking = Chunking.EachByte },
        ["content-length"] = new() { DeclareContentLength = true },
    };

    public static TheoryData<string, string> WireFormsAndFixtures { get; } =
        new(from form in WireForms.Keys
            from fixture in (string[])["chat-stream-usage.sse", "chat-stream-unknown-fields.sse"]
            select (form, fixture));

    [Theory]
    [MemberData(nameof(WireFormsAndFixtures))]
    public async Task Trap33_Stream_AnyWireForm_ComesOutByteForByte(string form, string fixture)
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.StreamFixture(fixture, WireForms[form]));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));
        var direct = await AskDirectlyAsync(provider);

        var answer = (await gateway.SendAsync(Ask.StreamWithUsage)).AssertWholeStream();

        // The end mark is the gateway's own; all before it is the provider's, up to the last line feed of a CRLF.
        Assert.Equal(BeforeEnd(direct), BeforeEnd(answer.Text));
        Assert.Equal("text/event-stream; charset=utf-8", answer.Headers["Content-Type"]);
        Assert.False(answer.Headers.ContainsKey("Content-Encoding"));
    }

    [Fact]
    public async Task Trap33_Stream_CharactersTornAcrossSegments_ComeOutWhole()
    {
        var events = ChatEvents.Text("é", "👋🏽", "你好");
        var bytes = Encoding.UTF8.GetBytes(Wire.Events(events));
        long[] insideCharacters = [.. Enumerable.Range(1, bytes.Length - 1).Where(i => (bytes[i] & 0xC0) == 0x80).Select(i => (long)i)];

        await AssertForwardedAsync(events, new StreamOptions { Chunking = Chunking.At(insideCharacters).WithPause(TimeSpan.FromMilliseconds(5)) });
    }

    [Fact]
    public async Task Trap23_Stream_EventReleased_ArrivesWhileTheNextIsHeldBack()
    {
        var gate = new EventGate();
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.StreamFixture("chat-stream.sse", new StreamOptions { Gate = gate }));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));
        gate.Release(2);
        using var response = await gateway.StartAsync(Ask.Stream);
        var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var events = Fixtures.Events("chat-stream.sse");

        await Delivered.ExpectNextAsync(body, Wire.Event(events[0]));
        foreach (var payload in events.Skip(1))
        {
            await Delivered.ExpectNextAsync(body, Wire.Event(payload));
            Assert.False(provider.Requests.Single().Answered.IsCompleted);
            gate.Release();
        }

        await Delivered.ExpectNextAsync(body, Wire.Done);
        Assert.Empty((await Delivered.ReadAsync(response)).Bytes);
    }

    [Fact]
    public async Task Trap23_Stream_CompressedEventReleased_ArrivesWhileTheNextIsHeldBack()
    {
        var gate = new EventGate();
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.StreamFixture("chat-stream.sse", new StreamOptions { Gate = gate, ContentCoding = ContentCoding.Gzip }));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));
        gate.Release(2);
        using var response = await gateway.StartAsync(Ask.Stream);
        var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);

        var events = Fixtures.Events("chat-stream.sse");
        await Delivered.ExpectNextAsync(body, Wire.Event(events[0]));
        foreach (var payload in events.Skip(1))
        {
            await Delivered.ExpectNextAsync(body, Wire.Event(payload));
            gate.Release();
        }

        await Delivered.ExpectNextAsync(body, Wire.Done);
    }

    [Fact]
    public async Task Trap22_Stream_ProviderDeclaresContentLength_ClientGetsTheWholeStreamWithoutOne()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.StreamFixture("chat-stream-usage.sse", new StreamOptions { DeclareContentLength = true }));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl) { Prices = "{ input: 1, output: 1 }" });

        var answer = (await gateway.SendAsync(Ask.StreamWithUsage)).AssertWholeStream();

        Assert.False(answer.Headers.ContainsKey("Content-Length"));
        Assert.Equal([.. Fixtures.Events("chat-stream-usage.sse"), "[DONE]"], answer.Events);
    }

    [Fact]
    public async Task Stream_Headers_TellProxiesNotToGather()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.StreamFixture("chat-stream.sse"));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));

        var answer = await gateway.SendAsync(Ask.Stream);

        Assert.Equal("no-cache", answer.Headers["Cache-Control"]);
        Assert.Equal("no", answer.Headers["X-Accel-Buffering"]);
    }

    [Fact]
    public Task Trap33_Stream_NoBlankLineAtTheEnd_IsMadeGood() =>
        AssertForwardedAsync(ChatEvents.Text("Hello"), new StreamOptions { FinalBlankLine = false });

    [Fact]
    public Task Trap33_Stream_NoEndMarkAndNoBlankLineAtTheEnd_IsMadeGood() =>
        AssertForwardedAsync(ChatEvents.Text("Hello"), new StreamOptions { FinalBlankLine = false, Done = false });

    [Fact]
    public Task Trap33_Stream_FinishReasonButNoEndMark_IsCompletedWithOne() =>
        AssertForwardedAsync(ChatEvents.Text("Hello"), new StreamOptions { Done = false });

    [Fact]
    public Task Trap18_Stream_SilentAfterTheFinishReason_IsCompleted() =>
        AssertForwardedAsync(ChatEvents.Text("Hello"), new StreamOptions { Done = false, End = StreamEnd.Silence }, limitSeconds: 0.3);

    [Fact]
    public Task Trap18_Stream_ResetAfterTheEndMark_IsStillWhole() =>
        AssertForwardedAsync(ChatEvents.Text("Hello"), new StreamOptions { End = StreamEnd.Reset });

    [Fact]
    public Task Stream_EventOfAMegabyte_ComesOutWhole() => AssertForwardedAsync(ChatEvents.Text(new string('x', 1 << 20)), new StreamOptions());

    [Fact]
    public async Task Stream_LegacyCompletion_ComesOutByteForByte()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.StreamFixture("completion-stream.sse"));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));

        var answer = await gateway.SendAsync("""{"model":"auto","prompt":"Hi","stream":true}""", "v1/completions");

        Assert.Equal(Fixtures.Text("completion-stream.sse"), answer.AssertWholeStream().Text);
    }

    private static async Task AssertForwardedAsync(IReadOnlyList<string> events, StreamOptions options, double limitSeconds = 20)
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Stream(events, options));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl) { LimitSeconds = limitSeconds });

        var answer = await gateway.SendAsync(Ask.Stream);

        Assert.Equal(Wire.Events(events) + Wire.Done, answer.AssertWholeStream().Text);
    }

    private static async Task<string> AskDirectlyAsync(FakeProvider provider)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.All });
        using var content = new StringContent(Ask.StreamWithUsage, Encoding.UTF8, "application/json");
        using var response = await client.PostAsync($"{provider.BaseUrl}/chat/completions", content);
        return Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync());
    }

    private static string BeforeEnd(string stream) => stream[..stream.IndexOf("data: [DONE]", StringComparison.Ordinal)].TrimEnd('\n', '\r');
}
