using System.Net;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.ProviderPath;

public sealed class ResponseBodyTests
{
    [Theory]
    [InlineData("chat-completion.json")]
    [InlineData("chat-completion-unknown-fields.json")]
    [InlineData("chat-completion-two-choices.json")]
    [InlineData("chat-completion-tool-calls.json")]
    [InlineData("chat-completion-refusal.json")]
    [InlineData("chat-completion-content-filter.json")]
    public async Task Trap29_Post_AnyAnswer_ComesBackByteForByte(string fixture)
    {
        var answer = await AnswerAsync(Reply.Fixture(fixture));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(Fixtures.Bytes(fixture), answer.Bytes);
        Assert.Equal("application/json", answer.Headers["Content-Type"]);
    }

    [Fact]
    public async Task Trap29_Post_MetadataAndOddWhiteSpace_ComeBackByteForByte()
    {
        const string Body = "\n{ \"metadata\" : {\"b\":1,\"a\":12345678901234567890} ,\"choices\":[ ],\t\"id\":\"\\u0061\" }\r\n";

        var answer = await AnswerAsync(Reply.Json(200, Body));

        Assert.Equal(Body, answer.Text);
    }

    [Theory]
    [InlineData(ContentCoding.Gzip)]
    [InlineData(ContentCoding.Brotli)]
    [InlineData(ContentCoding.Deflate)]
    public async Task Trap33_Post_AnswerCompressedUnasked_ComesBackUnpacked(ContentCoding coding)
    {
        var answer = await AnswerAsync(Reply.Fixture("chat-completion-unknown-fields.json", encoding: coding));

        Assert.Equal(Fixtures.Bytes("chat-completion-unknown-fields.json"), answer.Bytes);
        Assert.False(answer.Headers.ContainsKey("Content-Encoding"));
    }

    [Fact]
    public async Task Post_AnswerPacked_GatewayAskedForIdentity()
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Fixture("chat-completion.json"));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));

        await gateway.SendAsync(Ask.Whole, headers: [new("Accept-Encoding", "gzip, br")]);

        Assert.Equal("identity", provider.Requests.Single().Headers["Accept-Encoding"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{\"id\":")]
    [InlineData("{}{}")]
    public async Task Post_SuccessThatIsNoJsonObject_IsAnInvalidResponse(string body)
    {
        var answer = await AnswerAsync(Reply.Json(200, body));

        Assert.Equal(HttpStatusCode.BadGateway, answer.Status);
        Assert.Equal("provider_invalid_response", answer.ErrorCode);
    }

    private static async Task<Delivered> AnswerAsync(Reply reply)
    {
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(reply);
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));
        return await gateway.SendAsync(Ask.Whole);
    }
}
