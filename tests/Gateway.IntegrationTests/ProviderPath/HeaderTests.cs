using System.Net;
using System.Text;
using Gateway.Policies;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.ProviderPath;

public sealed class HeaderTests
{
    private static readonly KeyValuePair<string, string>[] Credentials =
    [
        new("Cookie", "session=client-cookie"),
        new("X-Api-Key", "client-x-api-key"),
        new("Api-Key", "client-api-key"),
        new("Proxy-Authorization", "Basic client-proxy"),
        new("X-Forwarded-For", "203.0.113.9"),
        new("OpenAI-Organization", "org-client"),
        new("x-gateway-tags", "client-tags"),
    ];

    [Fact]
    public async Task Post_ClientCredentials_NeverGoUpstream()
    {
        var (key, sha256) = VirtualKeyGenerator.Create();
        await using var provider = await ProviderAsync();
        await using var gateway = await ProviderGateway.StartAsync(
            [new ProviderEntry("first", provider.BaseUrl)], $"keys:\n  - {{ id: client, sha256: {sha256} }}\n");

        var answer = await gateway.SendAsync(
            Ask.Whole, "v1/chat/completions?key=in-the-query",
            [.. Credentials, new("Authorization", $"Bearer {key}"), new("X-Custom-Token", $"Token {key}"), new("X-Copy", key)]);

        Assert.Equal(Fixtures.Text("chat-completion.json"), answer.Text);
        var received = Assert.Single(provider.Requests);
        Assert.Equal($"Bearer {ProviderEntry.ApiKey}", received.Headers["Authorization"]);
        Assert.Equal("", received.Query);
        Assert.DoesNotContain(received.Headers, header => header.Value.Contains(key, StringComparison.Ordinal));
        Assert.All(Credentials, credential => Assert.DoesNotContain(credential.Key, received.Headers.Keys, StringComparer.OrdinalIgnoreCase));
        Assert.DoesNotContain(gateway.Log, line => line.Contains(key, StringComparison.Ordinal) || line.Contains(ProviderEntry.ApiKey, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Post_ProviderWithoutKey_GetsNoAuthorizationAtAll()
    {
        await using var provider = await ProviderAsync();
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl) { HasApiKey = false });

        await gateway.SendAsync(Ask.Whole, headers: [new("Authorization", "Bearer sk-of-the-client")]);

        Assert.False(provider.Requests.Single().Headers.ContainsKey("Authorization"));
    }

    [Fact]
    public async Task Post_UnknownHeaders_PassThrough()
    {
        await using var provider = await ProviderAsync();
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));

        await gateway.SendAsync(
            Ask.Whole, headers: [new("X-Vendor-Feature", "a=1, b=\"2\""), new("OpenAI-Beta", "assistants=v2"), new("User-Agent", "app/1.0")]);

        var headers = provider.Requests.Single().Headers;
        Assert.Equal("a=1, b=\"2\"", headers["X-Vendor-Feature"]);
        Assert.Equal("assistants=v2", headers["OpenAI-Beta"]);
        Assert.Equal("app/1.0", headers["User-Agent"]);
        Assert.Equal(new Uri(provider.BaseUrl).Authority, headers["Host"]);
    }

    [Fact]
    public async Task Post_OperatorsHeaders_AreAddedAndWinOverTheClients()
    {
        await using var provider = await ProviderAsync();
        await using var gateway = await ProviderGateway.StartAsync(
            new ProviderEntry("first", provider.BaseUrl) { Lines = [$"headers: {{ X-Title: operator, api-key: \"${{{ProviderEntry.ApiKeyVariable}}}\" }}"] });

        await gateway.SendAsync(Ask.Whole, headers: [new("X-Title", "client"), new("Api-Key", "client")]);

        var headers = provider.Requests.Single().Headers;
        Assert.Equal("operator", headers["X-Title"]);
        Assert.Equal(ProviderEntry.ApiKey, headers["api-key"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Post_ProvidersHeaders_ReachTheClientButForThoseOfTheConnectionAndItsCookies(bool stream)
    {
        var sent = new Dictionary<string, string>
        {
            ["x-ratelimit-remaining-requests"] = "499",
            ["openai-processing-ms"] = "12",
            ["x-request-id"] = "req-of-the-provider",
            ["Set-Cookie"] = "__cf_bm=provider",
            ["Server"] = "provider-server",
            ["x-gateway-provider"] = "forged",
            ["x-gateway-cost-usd"] = "forged",
        };
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(stream
            ? Reply.StreamFixture("chat-stream.sse", new StreamOptions { Headers = sent })
            : Reply.Fixture("chat-completion.json", headers: sent));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", provider.BaseUrl));

        var headers = (await gateway.SendAsync(stream ? Ask.Stream : Ask.Whole)).Headers;

        Assert.Equal("499", headers["x-ratelimit-remaining-requests"]);
        Assert.Equal("12", headers["openai-processing-ms"]);
        Assert.Equal("req-of-the-provider", headers["x-gateway-provider-request-id"]);
        Assert.StartsWith("req_", headers["x-request-id"], StringComparison.Ordinal);
        Assert.Equal("first", headers["x-gateway-provider"]);
        Assert.Equal(ProviderEntry.Model, headers["x-gateway-model"]);
        Assert.Equal("auto", headers["x-gateway-route"]);
        Assert.Equal("1", headers["x-gateway-attempts"]);
        Assert.False(headers.ContainsKey("Set-Cookie") || headers.ContainsKey("Server") || headers.ContainsKey("x-gateway-cost-usd"));
    }

    [Fact]
    public async Task Post_HeadersBeyondAscii_KeepTheirBytesBothWays()
    {
        await using var upstream = RawTcpUpstream.Start(
            RawStep.ReadRequest(),
            RawStep.Send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Note: café 你好\r\nX-Control: a\u0001b\r\nContent-Length: 2\r\n\r\n{}"));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", upstream.BaseUrl));
        using var client = new HttpClient(new SocketsHttpHandler
        {
            RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
            ResponseHeaderEncodingSelector = (_, _) => Encoding.UTF8,
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway.BaseUrl, "v1/chat/completions"))
        {
            Content = new StringContent(Ask.Whole, Encoding.UTF8, "application/json"),
            Headers = { { "X-Title", "Zürich 你好" } },
        };

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("café 你好", response.Headers.GetValues("X-Note").Single());
        Assert.False(response.Headers.Contains("X-Control"));
        Assert.Contains("X-Title: Zürich 你好\r\n", Encoding.UTF8.GetString(upstream.Requests.Single()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_ProvidersContentTypeHoldsAControlCharacter_AnswerIsSentAsJson()
    {
        await using var upstream = RawTcpUpstream.Start(
            RawStep.ReadRequest(), RawStep.Send("HTTP/1.1 200 OK\r\nContent-Type: application/json\u0001\r\nContent-Length: 2\r\n\r\n{}"));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", upstream.BaseUrl));

        var answer = await gateway.SendAsync(Ask.Whole);

        Assert.Equal("{}", answer.Text);
        Assert.Equal("application/json", answer.Headers["Content-Type"]);
    }

    private static async Task<FakeProvider> ProviderAsync()
    {
        var provider = await FakeProvider.StartAsync();
        provider.RespondWith(Reply.Fixture("chat-completion.json"));
        return provider;
    }
}
