using System.Net;
using System.Text;
using Gateway.Contracts.Errors;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.Policies;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Operations;

/// <summary>Virtual keys: who gets in, to what, and that a key shows nowhere.</summary>
public sealed class KeyTests : IAsyncLifetime
{
    private readonly (string Key, string Sha256) _all = VirtualKeyGenerator.Create();
    private readonly (string Key, string Sha256) _scoped = VirtualKeyGenerator.Create();
    private readonly (string Key, string Sha256) _disabled = VirtualKeyGenerator.Create();
    private readonly (string Key, string Sha256) _expired = VirtualKeyGenerator.Create();
    private FakeProvider _provider = null!;
    private GatewayUnderTest _gateway = null!;

    public static TheoryData<string> Strangers =>
    [
        "Bearer wrong", "Bearer gw-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "Bearer ' OR '1'='1", "Bearer gw-x'; DROP TABLE keys; --", "Bearer * ) ( (uid=*",
        "Bearer " + new string('k', 20_000), "Bearer ключ🔑\u0085", "Bearer %00%ff", "Bearer {\"$ne\":null}", "Bearer null",
    ];

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync();
        _provider.RespondWith(Reply.Fixture("chat-completion.json"));
        _gateway = await GatewayUnderTest.StartAsync(setup =>
        {
            FrontDoorGateway.UseProvider(setup, _provider);
            setup.KeysYaml = $$"""
                keys:
                  - { id: all, sha256: {{_all.Sha256}} }
                  - { id: scoped, sha256: {{_scoped.Sha256}}, models: [ fake/echo ] }
                  - { id: disabled, sha256: {{_disabled.Sha256}}, disabled: true }
                  - { id: expired, sha256: {{_expired.Sha256}}, expires: "2020-01-01T00:00:00Z" }
                """;
            setup.Settings["Logging:LogLevel:Default"] = "Trace";
            setup.Settings["Logging:LogLevel:Gateway"] = "Trace";
            setup.Settings["Logging:LogLevel:Yarp"] = "Trace";
        });
    }

    [Fact]
    public async Task Trap27_Post_GoodKey_IsServedAndGoesNeitherUpstreamNorIntoTheLog()
    {
        Assert.NotEmpty((await AskAsync("auto", $"Bearer {_all.Key}")).Text);
        Assert.NotEmpty((await AskAsync("auto", $"bearer   {_all.Key} ")).Text);
        Assert.All(_provider.Requests, request => Assert.DoesNotContain(request.Headers, header => header.Value.Contains(_all.Key, StringComparison.Ordinal)));
        await Wait.UntilAsync(() => _gateway.Log.Count(line => line.Contains("answered: key all", StringComparison.Ordinal)) == 2);
        Assert.DoesNotContain(_gateway.Log, line => line.Contains(_all.Key, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("Basic dXNlcjpwYXNz")]
    [InlineData("gw-no-scheme")]
    [InlineData("Bearer")]
    public async Task Post_NoBearerKey_IsMissingKey(string? authorization)
    {
        var answer = await AskAsync("auto", authorization);
        answer.ShouldBe(ErrorCode.CallerMissingKey);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
        Assert.Empty(_provider.Requests);
    }

    [Theory]
    [MemberData(nameof(Strangers))]
    public async Task Trap27_Post_UnknownKey_IsInvalidKeyAndIsNotRepeated(string authorization)
    {
        var answer = await AskAsync("auto", authorization);
        answer.ShouldBe(ErrorCode.CallerInvalidKey);
        var key = authorization["Bearer ".Length..];
        Assert.True(key is "null" or "wrong" || !answer.Body.Contains(key, StringComparison.Ordinal));
        Assert.DoesNotContain(_gateway.Log, line => key.Length > 5 && line.Contains(key, StringComparison.Ordinal));
        Assert.Empty(_provider.Requests);
        Assert.NotEmpty((await AskAsync("auto", $"Bearer {_all.Key}")).Text);
    }

    [Fact]
    public async Task Post_KeyOfBytesThatAreNoText_IsRefusedByTheServer()
    {
        var answer = await RawConnection.AskAsync(
            _gateway.BaseUrl, "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer \u00ff\u00fe\u0080\r\nContent-Length: 2\r\n\r\n{}");
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Empty(_provider.Requests);
    }

    [Fact]
    public async Task Post_DisabledOrExpiredKey_IsInvalidKey()
    {
        foreach (var key in new[] { _disabled.Key, _expired.Key, _all.Key + "x", _all.Key[..^1], _all.Sha256 })
        {
            var answer = await AskAsync("auto", $"Bearer {key}");
            answer.ShouldBe(ErrorCode.CallerInvalidKey);
            Assert.DoesNotContain(key, answer.Body, StringComparison.Ordinal);
            Assert.DoesNotContain(_gateway.Log, line => line.Contains(key, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Post_BadBodyWithoutKey_TellsAStrangerNothingAboutTheBody()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, GatewayRequests.ChatPath) { Content = new StringContent("{", Encoding.UTF8, "application/json") };
        (await _gateway.Client.ReadAsync(request)).ShouldBe(ErrorCode.CallerMissingKey);
    }

    [Fact]
    public async Task Post_ScopedKey_IsServedItsModelsOnly()
    {
        Assert.NotEmpty((await AskAsync("fake/echo", $"Bearer {_scoped.Key}")).Text);
        Assert.NotEmpty((await AskAsync("echo", $"Bearer {_scoped.Key}")).Text);
        (await AskAsync("auto", $"Bearer {_scoped.Key}")).ShouldBe(ErrorCode.PolicyModelNotAllowed, "model");
        (await AskAsync("fake/org/echo:1", $"Bearer {_scoped.Key}")).ShouldBe(ErrorCode.PolicyModelNotAllowed, "model");
        (await AskAsync("nothing", $"Bearer {_scoped.Key}")).ShouldBe(ErrorCode.CallerModelNotFound, "model");
    }

    [Fact]
    public async Task GetModels_ScopedKey_ListsItsModelsOnly()
    {
        Assert.Equal(["fake/echo", "echo"], await ModelsAsync(_scoped.Key));
        Assert.Equal(["auto", "fake/echo", "fake/org/echo:1", "echo", "org/echo:1"], await ModelsAsync(_all.Key));
        using var hidden = new HttpRequestMessage(HttpMethod.Get, "v1/models/auto") { Headers = { { "Authorization", $"Bearer {_scoped.Key}" } } };
        (await _gateway.Client.ReadAsync(hidden)).ShouldBe(ErrorCode.CallerModelNotFound, "model");
        (await _gateway.Client.GetAnswerAsync("v1/models")).ShouldBe(ErrorCode.CallerMissingKey);
    }

    [Fact]
    public async Task GetHealth_WithoutKey_IsOpen()
    {
        Assert.Equal(HttpStatusCode.OK, (await _gateway.Client.GetAnswerAsync("health/live")).Status);
        var ready = await _gateway.Client.GetAnswerAsync("health/ready");
        Assert.Equal(HttpStatusCode.OK, ready.Status);
        Assert.DoesNotContain(_all.Sha256, ready.Body, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _provider.DisposeAsync();
    }

    private async Task<List<string?>> ModelsAsync(string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "v1/models") { Headers = { { "Authorization", $"Bearer {key}" } } };
        return [.. (await _gateway.Client.ReadAsync(request)).OkJson.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString())];
    }

    /// <summary>Header values go out as UTF-8, which HTTP clients only do when asked.</summary>
    private async Task<Answer> AskAsync(string model, string? authorization)
    {
        var body = $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hi"}]}""";
        using var handler = new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 };
        using var client = new HttpClient(handler) { BaseAddress = _gateway.BaseUrl };
        using var request = new HttpRequestMessage(HttpMethod.Post, GatewayRequests.ChatPath) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (authorization is not null)
        {
            Assert.True(request.Headers.TryAddWithoutValidation("Authorization", authorization));
        }

        return await client.ReadAsync(request);
    }
}
