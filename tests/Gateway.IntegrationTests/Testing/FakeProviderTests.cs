using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Testing;

public sealed class FakeProviderTests : IAsyncLifetime
{
    private readonly HttpClient _client = ProviderClient.Create();
    private FakeProvider _provider = null!;

    public async ValueTask InitializeAsync() => _provider = await FakeProvider.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task Enqueue_TwoReplies_AreUsedInOrderBeforeTheFunction()
    {
        _provider.Enqueue(Reply.Json(200, "1"), Reply.Json(201, "2"));
        _provider.RespondWith(request => Reply.Json(202, request.BodyText));

        Assert.Equal((HttpStatusCode.OK, "1"), await _client.AskAsync(_provider));
        Assert.Equal((HttpStatusCode.Created, "2"), await _client.AskAsync(_provider));
        Assert.Equal((HttpStatusCode.Accepted, "[3]"), await _client.AskAsync(_provider, "[3]"));
    }

    [Fact]
    public async Task Ask_NothingScripted_IsATellingError()
    {
        (HttpStatusCode status, string body) = await _client.AskAsync(_provider);

        Assert.Equal(HttpStatusCode.NotImplemented, status);
        Assert.Contains("no_reply_scripted", body, StringComparison.Ordinal);
        Assert.Contains("POST /v1/chat/completions", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RespondWith_FunctionThrows_TheReasonReachesTheClient()
    {
        _provider.RespondWith(_ => throw new InvalidOperationException("the reason"));

        (_, string body) = await _client.AskAsync(_provider);

        Assert.Contains("the reason", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_Post_RecordsTheExactRequest()
    {
        byte[] body = [0xEF, 0xBB, 0xBF, 0x00, 0xFF, (byte)'{'];
        _provider.RespondWith(Reply.Json(200, "{}"));
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{_provider.BaseUrl}/a%20b?c=d");
        request.Content = new ByteArrayContent(body);
        request.Headers.Add("x-twice", ["1", "2"]);

        using HttpResponseMessage response = await _client.SendAsync(request);

        RecordedRequest recorded = await _provider.WaitForRequestAsync();
        Assert.Equal(("PUT", "/v1/a b", "?c=d", "HTTP/1.1"), (recorded.Method, recorded.Path, recorded.Query, recorded.Protocol));
        Assert.Equal(body, recorded.Body.ToArray());
        Assert.Equal(["1", "2"], recorded.Headers["X-Twice"].Split(',', StringSplitOptions.TrimEntries));
        await recorded.Answered.WaitAsync(Wait.DefaultTimeout);
        Assert.False(recorded.ClientAborted.IsCompleted);
    }

    [Fact]
    public async Task ConnectionId_SameClientAndAnother_ShowsReuse()
    {
        _provider.RespondWith(Reply.Json(200, "{}"));
        await _client.AskAsync(_provider);
        await _client.AskAsync(_provider);
        using HttpClient other = ProviderClient.Create();
        await other.AskAsync(_provider);

        IReadOnlyList<RecordedRequest> requests = _provider.Requests;
        Assert.Equal(requests[0].ConnectionId, requests[1].ConnectionId);
        Assert.NotEqual(requests[0].ConnectionId, requests[2].ConnectionId);
        Assert.Equal(2, _provider.ConnectionsAccepted);
    }

    [Fact]
    public async Task WaitForRequest_NoneComes_NamesTheRequest()
    {
        TimeoutException error = await Assert.ThrowsAsync<TimeoutException>(
            () => _provider.WaitForRequestAsync(1, TimeSpan.FromMilliseconds(20)));

        Assert.Contains("Request 1", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Hang_ClientGoesAway_IsRecorded(bool slowHeaders)
    {
        _provider.Enqueue(slowHeaders ? Reply.SlowHeaders(TimeSpan.FromHours(1), Reply.Json(200, "{}")) : Reply.Hang());
        using var abort = new CancellationTokenSource();
        Task<HttpResponseMessage> call = _client.SendAsync(ProviderClient.Post(_provider), abort.Token);
        RecordedRequest recorded = await _provider.WaitForRequestAsync();
        Assert.False(recorded.ClientAborted.IsCompleted);

        await abort.CancelAsync();

        await recorded.ClientAborted.WaitAsync(Wait.DefaultTimeout);
        Assert.False(recorded.Answered.IsCompleted);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task Dispose_ReplyHangs_EndsAndCountsNoAbort()
    {
        _provider.Enqueue(Reply.Hang());
        Task<HttpResponseMessage> call = _client.SendAsync(ProviderClient.Post(_provider));
        RecordedRequest recorded = await _provider.WaitForRequestAsync();

        await _provider.DisposeAsync().AsTask().WaitAsync(Wait.DefaultTimeout);

        await Assert.ThrowsAsync<HttpRequestException>(() => call);
        Assert.False(recorded.ClientAborted.IsCompleted);
        _provider = await FakeProvider.StartAsync();
    }

    [Fact]
    public async Task ResetBeforeHeaders_Client_SeesAConnectionReset()
    {
        _provider.Enqueue(Reply.ResetBeforeHeaders());

        HttpRequestException error = await Assert.ThrowsAsync<HttpRequestException>(() => _client.AskAsync(_provider));

        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(error.GetBaseException()).SocketErrorCode);
        Assert.False(_provider.Requests[0].ClientAborted.IsCompleted);
    }

    [Fact]
    public async Task SlowHeaders_DelayOver_SendsTheReply()
    {
        _provider.Enqueue(Reply.SlowHeaders(TimeSpan.FromMilliseconds(1), Reply.Json(200, "late")));

        Assert.Equal((HttpStatusCode.OK, "late"), await _client.AskAsync(_provider));
    }

    [Fact]
    public async Task TruncatedJson_Client_SeesTheEarlyEnd()
    {
        _provider.Enqueue(Reply.TruncatedJson("{\"id\":", missingBytes: 10));
        using HttpResponseMessage response = await _client.StartAsync(_provider);
        Assert.Equal(16, response.Content.Headers.ContentLength);

        Exception error = await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync());

        Assert.Equal(HttpRequestError.ResponseEnded, Assert.IsType<HttpIOException>(error.InnerException).HttpRequestError);
    }

    [Fact]
    public async Task Html_BadGateway_IsAPage()
    {
        _provider.Enqueue(Reply.Html(502));
        using HttpResponseMessage response = await _client.StartAsync(_provider);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("text/html", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("502 BadGateway", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RateLimited_AllForms_SetRetryAfter()
    {
        var date = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
        _provider.Enqueue(Reply.RateLimited(), Reply.RateLimited(2), Reply.RateLimited(date));

        using HttpResponseMessage without = await _client.StartAsync(_provider);
        using HttpResponseMessage seconds = await _client.StartAsync(_provider);
        using HttpResponseMessage atDate = await _client.StartAsync(_provider);

        Assert.All([without, seconds, atDate], response => Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode));
        Assert.Null(without.Headers.RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(2), seconds.Headers.RetryAfter?.Delta);
        Assert.Equal(date, atDate.Headers.RetryAfter?.Date);
        Assert.Contains("rate_limit_exceeded", await atDate.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirect_Client_FindsTheLocation()
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        _provider.Enqueue(Reply.Redirect("http://127.0.0.1:1/v1/elsewhere"));

        using HttpResponseMessage response = await client.StartAsync(_provider);

        Assert.Equal(HttpStatusCode.TemporaryRedirect, response.StatusCode);
        Assert.Equal("http://127.0.0.1:1/v1/elsewhere", response.Headers.Location?.OriginalString);
    }

    [Theory]
    [InlineData(ContentCoding.Identity, null)]
    [InlineData(ContentCoding.Gzip, "gzip")]
    [InlineData(ContentCoding.Brotli, "br")]
    [InlineData(ContentCoding.Deflate, "deflate")]
    public async Task Json_Encoding_IsDeclaredAndDecodable(ContentCoding encoding, string? token)
    {
        _provider.RespondWith(Reply.Fixture("chat-completion.json", encoding: encoding));
        using HttpResponseMessage raw = await _client.StartAsync(_provider);
        Assert.Equal(token, raw.Content.Headers.ContentEncoding.SingleOrDefault());
        using var decoding = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.All });

        (_, string body) = await decoding.AskAsync(_provider);

        Assert.Equal(Fixtures.Text("chat-completion.json"), body);
    }

    [Theory]
    [InlineData(FakeTransport.Http1Tls, "1.1", "HTTP/1.1")]
    [InlineData(FakeTransport.Http2Tls, "1.1", "HTTP/1.1")]
    [InlineData(FakeTransport.Http2Tls, "2.0", "HTTP/2")]
    [InlineData(FakeTransport.Http2Cleartext, "2.0", "HTTP/2")]
    public async Task Start_Transport_SpeaksItsProtocol(FakeTransport transport, string version, string protocol)
    {
        await using FakeProvider provider = await FakeProvider.StartAsync(transport);
        provider.RespondWith(Reply.Json(200, "ok"));
        using HttpClient client = provider.CertificatePem is { } pem ? ProviderClient.CreateTrusting(pem) : ProviderClient.Create();

        using HttpResponseMessage response = await client.SendAsync(ProviderClient.Post(provider, version: Version.Parse(version)));

        Assert.Equal("ok", await response.Content.ReadAsStringAsync());
        Assert.Equal(protocol, provider.Requests[0].Protocol);
        string scheme = transport == FakeTransport.Http2Cleartext ? "http" : "https";
        Assert.StartsWith($"{scheme}://127.0.0.1:", provider.BaseUrl, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_Tls_IsRefusedByAClientThatWasNotGivenTheCertificate()
    {
        await using FakeProvider provider = await FakeProvider.StartAsync(FakeTransport.Http1Tls);

        HttpRequestException error = await Assert.ThrowsAsync<HttpRequestException>(() => _client.AskAsync(provider));

        Assert.Equal(HttpRequestError.SecureConnectionError, error.HttpRequestError);
    }

    [Fact]
    public async Task Reset_OverHttp2_LeavesTheConnectionToTheOthers()
    {
        await using FakeProvider provider = await FakeProvider.StartAsync(FakeTransport.Http2Cleartext);
        provider.Enqueue(Reply.Json(200, "1"), Reply.ResetBeforeHeaders(), Reply.Json(200, "3"));
        HttpRequestMessage Request() => ProviderClient.Post(provider, version: HttpVersion.Version20);
        using HttpResponseMessage first = await _client.SendAsync(Request());

        await Assert.ThrowsAsync<HttpRequestException>(() => _client.SendAsync(Request()));

        using HttpResponseMessage third = await _client.SendAsync(Request());
        Assert.Equal("3", await third.Content.ReadAsStringAsync());
        Assert.Equal(1, provider.ConnectionsAccepted);
    }

    [Fact]
    public async Task Requests_LargeBody_IsTakenWhole()
    {
        _provider.Enqueue(Reply.Json(200, "{}"));
        string body = new('x', 40 * 1024 * 1024);

        await _client.AskAsync(_provider, body);

        Assert.Equal(Encoding.UTF8.GetByteCount(body), _provider.Requests[0].Body.Length);
    }
}
