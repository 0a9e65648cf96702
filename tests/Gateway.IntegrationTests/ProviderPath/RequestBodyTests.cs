using System.Text;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.ProviderPath;

public sealed class RequestBodyTests
{
    private const string Messages = """[{"role":"user","content":"Hi"}]""";

    public static TheoryData<string, string> WholeBodies { get; } = new()
    {
        { Ask.Whole, """{"model":"upstream-small","messages":[{"role":"user","content":"Hi"}]}""" },
        {
            "{\r\n\t\"messages\" : [ { \"content\" : \"a\\/b \\u00e9 é \\ud83d\\ude00 😀 \\u0000\" , \"role\":\"user\" } ] ,\n \"model\"  :  \"auto\"  }\n ",
            "{\r\n\t\"messages\" : [ { \"content\" : \"a\\/b \\u00e9 é \\ud83d\\ude00 😀 \\u0000\" , \"role\":\"user\" } ] ,\n \"model\"  :  \"upstream-small\"  }\n "
        },
        {
            $$"""{"z":12345678901234567890,"y":[1e400,-0,0.10,1E-7],"model":"auto","x":{"model":"auto","stream_options":null},"messages":{{Messages}},"z":"again"}""",
            $$"""{"z":12345678901234567890,"y":[1e400,-0,0.10,1E-7],"model":"upstream-small","x":{"model":"auto","stream_options":null},"messages":{{Messages}},"z":"again"}"""
        },
        { $$"""{"model":"\u0061uto","messages":{{Messages}}}""", $$"""{"model":"upstream-small","messages":{{Messages}}}""" },
        { $$"""{"mod\u0065l":"auto","messages":{{Messages}}}""", $$"""{"mod\u0065l":"upstream-small","messages":{{Messages}}}""" },
        {
            $$"""{"model":"auto","stream":false,"stream_options":{"include_usage":false},"messages":{{Messages}}}""",
            $$"""{"model":"upstream-small","stream":false,"stream_options":{"include_usage":false},"messages":{{Messages}}}"""
        },
    };

    /// <summary>What the client wrote as stream_options, and what the provider must see in its place.</summary>
    public static TheoryData<string, string> StreamOptionsValues { get; } = new()
    {
        { "null", """{"include_usage":true}""" },
        { "{}", """{"include_usage":true}""" },
        { " { } ", """ {"include_usage":true } """ },
        { """{"include_usage":false}""", """{"include_usage":true}""" },
        { """{"include_usage":null}""", """{"include_usage":true}""" },
        { """{"include_usage" : true}""", """{"include_usage" : true}""" },
        { """{"include_obfuscation":false,"x":[1e400]}""", """{"include_usage":true,"include_obfuscation":false,"x":[1e400]}""" },
        { """{"x":{"include_usage":false},"include_usage":false,"y":1}""", """{"x":{"include_usage":false},"include_usage":true,"y":1}""" },
    };

    [Theory]
    [MemberData(nameof(WholeBodies))]
    public async Task Trap29_Post_UnknownFieldsAndOddNumbers_ProviderGetsTheSameBytesButForTheModel(string sent, string expected) =>
        Assert.Equal(expected, await ReceivedAsync(sent, Reply.Fixture("chat-completion.json")));

    [Theory]
    [MemberData(nameof(StreamOptionsValues))]
    public async Task Trap29_PostStream_StreamOptionsGiven_OnlyIncludeUsageChanges(string sent, string expected) =>
        Assert.Equal(
            $$"""{ "model":"upstream-small", "stream_options":{{expected}},"stream":true,"messages":{{Messages}}}""",
            await ReceivedAsync($$"""{ "model":"auto", "stream_options":{{sent}},"stream":true,"messages":{{Messages}}}""", Reply.StreamFixture("chat-stream.sse")));

    [Fact]
    public async Task Trap29_PostStream_NoStreamOptions_UsageIsAskedForAndNothingElseChanges() =>
        Assert.Equal(
            $$"""{"stream_options":{"include_usage":true},"model":"upstream-small","stream":true,"messages":{{Messages}},"n":1}""",
            await ReceivedAsync($$"""{"model":"auto","stream":true,"messages":{{Messages}},"n":1}""", Reply.StreamFixture("chat-stream.sse")));

    [Fact]
    public async Task Trap29_Post_LargeBodyAndSameModelName_ProviderGetsTheVerySameBytes()
    {
        var sent = $$"""{"model":"{{ProviderEntry.Model}}","messages":[{"role":"user","content":"{{string.Concat(Enumerable.Repeat("wörld 你好 \\n", 100_000))}}"}]}""";
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Fixture("chat-completion.json"));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl) { UpstreamModel = ProviderEntry.Model });

        await gateway.SendAsync(sent);

        Assert.True(Encoding.UTF8.GetBytes(sent).AsSpan().SequenceEqual(provider.Requests.Single().Body.Span));
    }

    [Fact]
    public async Task Post_UpstreamModelWithQuotesAndUnicode_IsEscapedAsJson()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Fixture("chat-completion.json"));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl) { UpstreamModel = "org/wei\"rd\\ü😀" });

        await gateway.SendAsync(Ask.Whole);

        Assert.Equal("org/wei\"rd\\ü😀", (string?)provider.Requests.Single().Json["model"]);
    }

    [Fact]
    public async Task Post_LegacyCompletion_GoesToTheProvidersCompletionsEndpoint()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Fixture("completion.json"));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));

        var answer = await gateway.SendAsync("""{"model":"auto","prompt":[[1,2],[3]],"x":1e400}""", "v1/completions");

        Assert.Equal(Fixtures.Text("completion.json"), answer.Text);
        Assert.Equal("/v1/completions", provider.Requests.Single().Path);
        Assert.Equal("""{"model":"upstream-small","prompt":[[1,2],[3]],"x":1e400}""", provider.Requests.Single().BodyText);
    }

    private static async Task<string> ReceivedAsync(string sent, Reply reply)
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(reply);
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));

        using var response = await gateway.StartAsync(sent);

        Assert.True(response.IsSuccessStatusCode, $"Status {response.StatusCode}");
        var received = Assert.Single(provider.Requests);
        Assert.Equal("/v1/chat/completions", received.Path);
        Assert.Equal("application/json", received.Headers["Content-Type"]);
        return received.BodyText;
    }
}
