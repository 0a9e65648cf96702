using System.IO.Compression;
using System.Net;
using System.Text;
using Gateway.Contracts.Errors;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.FrontDoor;

/// <summary>How a body arrives: too large, too slow, not at all, compressed, or as something else than JSON.</summary>
[Collection(typeof(FrontDoorCollection))]
public sealed class TransportTests(FrontDoorGateway gateway)
{
    [Theory]
    [InlineData(FrontDoorGateway.MaxBodyBytes + 1)]
    [InlineData(2 * FrontDoorGateway.MaxBodyBytes)]
    public async Task Post_BodyOverTheLimit_IsBodyTooLarge(int length)
    {
        var answer = await gateway.Client.PostJsonAsync(GatewayRequests.ChatPath, BodyOf(length));
        Assert.Contains($"{FrontDoorGateway.MaxBodyBytes}", answer.ShouldBe(ErrorCode.CallerBodyTooLarge), StringComparison.Ordinal);
        await gateway.ShouldStillServeAsync();
    }

    [Fact]
    public async Task Post_ChunkedBodyOverTheLimit_IsBodyTooLarge()
    {
        using var connection = await RawConnection.OpenAsync(gateway.Gateway.BaseUrl);
        await connection.SendAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
        var chunk = $"{32 * 1024:x}\r\n{new string(' ', 32 * 1024)}\r\n";
        for (var sent = 0; sent <= FrontDoorGateway.MaxBodyBytes; sent += 32 * 1024)
        {
            await connection.SendAsync(chunk);
        }

        var answer = await connection.ReadSomeAsync();
        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
        Assert.Contains("caller_body_too_large", answer, StringComparison.Ordinal);
        await gateway.ShouldStillServeAsync();
    }

    [Fact]
    public async Task Post_BodyOfExactlyTheLimit_IsServed() =>
        Assert.NotEmpty((await gateway.Client.PostJsonAsync(GatewayRequests.ChatPath, BodyOf(FrontDoorGateway.MaxBodyBytes))).Text);

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/xml")]
    [InlineData("application/jsonp")]
    public async Task Post_ContentTypeThatIsNotJson_IsUnsupportedMediaType(string contentType)
    {
        (await gateway.Client.PostAsync(GatewayRequests.ChatPath, Encoding.UTF8.GetBytes(FrontDoorGateway.GoodBody), contentType))
            .ShouldBe(ErrorCode.CallerUnsupportedMediaType);
        await gateway.ShouldStillServeAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("application/json")]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("APPLICATION/JSON")]
    [InlineData("application/vnd.api+json")]
    public async Task Post_JsonContentType_IsServed(string? contentType) =>
        Assert.NotEmpty((await gateway.Client.PostAsync(GatewayRequests.ChatPath, Encoding.UTF8.GetBytes(FrontDoorGateway.GoodBody), contentType)).Text);

    [Fact]
    public async Task Post_ContentTypeThatIsNoMediaType_IsUnsupportedMediaType()
    {
        var answer = await RawConnection.AskAsync(
            gateway.Gateway.BaseUrl, "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: ;;=\r\nContent-Length: 2\r\n\r\n{}");
        Assert.StartsWith("HTTP/1.1 415", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_CompressedBody_IsUnsupportedMediaType()
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionMode.Compress, leaveOpen: true))
        {
            gzip.Write(Encoding.UTF8.GetBytes(FrontDoorGateway.GoodBody));
        }

        var answer = await gateway.Client.PostAsync(GatewayRequests.ChatPath, compressed.ToArray(), "application/json", contentEncoding: "gzip");
        Assert.Contains("Content-Encoding", answer.ShouldBe(ErrorCode.CallerUnsupportedMediaType), StringComparison.Ordinal);
        await gateway.ShouldStillServeAsync();
    }

    [Fact]
    public async Task Post_BodyShorterThanItsLength_IsBadRequest()
    {
        using var connection = await RawConnection.OpenAsync(gateway.Gateway.BaseUrl);
        await connection.SendAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
        var answer = await connection.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains("caller_bad_request", answer, StringComparison.Ordinal);
        await gateway.ShouldStillServeAsync();
    }

    [Fact]
    public async Task Post_ClientDropsInTheMiddleOfItsBody_LeavesNoErrorInTheLog()
    {
        using (var connection = await RawConnection.OpenAsync(gateway.Gateway.BaseUrl))
        {
            await connection.SendAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"model\":");
            await Task.Delay(100);
            connection.Reset();
        }

        await gateway.ShouldStillServeAsync();
        await Task.Delay(200);
        gateway.Gateway.ShouldHaveLoggedNoError();
    }

    [Theory]
    [InlineData("GARBAGE\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nBad Header\r\n\r\n")]
    public async Task Connect_BrokenHttp_IsA4xxAndTheNextConnectionIsServed(string bytes)
    {
        Assert.StartsWith("HTTP/1.1 4", await RawConnection.AskAsync(gateway.Gateway.BaseUrl, bytes), StringComparison.Ordinal);
        await gateway.ShouldStillServeAsync();
    }

    [Fact]
    public async Task Post_SlowBodyAndSlowHeaders_EndWith408()
    {
        await using var provider = await FakeProvider.StartAsync();
        await using var impatient = await GatewayUnderTest.StartAsync(setup =>
        {
            FrontDoorGateway.UseProvider(setup, provider);
            setup.Settings["Gateway:RequestBodyGraceSeconds"] = "1.1";
            setup.Settings["Gateway:RequestHeadersTimeoutSeconds"] = "1";
        });
        using var slowBody = await RawConnection.OpenAsync(impatient.BaseUrl);
        await slowBody.SendAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{");
        using var slowHead = await RawConnection.OpenAsync(impatient.BaseUrl);
        await slowHead.SendAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: loc");
        var answers = await Task.WhenAll(slowBody.ReadToEndAsync(), slowHead.ReadToEndAsync());
        Assert.StartsWith("HTTP/1.1 408", answers[0], StringComparison.Ordinal);
        Assert.Contains("caller_body_timeout", answers[0], StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 408", answers[1], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await impatient.Client.GetAnswerAsync("health/live")).Status);
        Assert.Empty(provider.Requests);
    }

    private static byte[] BodyOf(int length) => Encoding.UTF8.GetBytes(FrontDoorGateway.GoodBody.PadRight(length));
}
