using System.Net;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Policies;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Idempotency;

/// <summary>Retries against one gateway, which keeps answers in its own file.</summary>
public sealed class RetryTests : IAsyncLifetime
{
    private readonly (string Key, string Sha256) _ann = VirtualKeyGenerator.Create();
    private readonly (string Key, string Sha256) _bob = VirtualKeyGenerator.Create();
    private readonly TempFolder _data = new();
    private FakeProvider _provider = null!;
    private GatewayUnderTest _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync();
        _provider.RespondWith(Reply.Fixture("chat-completion.json"));
        _gateway = await StartAsync();
    }

    [Fact]
    public async Task Trap12_Retry_GetsTheSameAnswerOfOneCallAlsoAfterARestart()
    {
        var first = await _gateway.RetryAsync("a", caller: _ann.Key);
        Assert.Equal(first.Bytes, (await _gateway.RetryAsync("a", caller: _ann.Key)).Bytes);
        await _gateway.DisposeAsync();
        _gateway = await StartAsync();
        var retry = await _gateway.RetryAsync("a", caller: _ann.Key);
        Assert.Equal(first.Bytes, retry.Bytes);
        Assert.Equal(first.Headers["x-request-id"], retry.Headers[Retries.Replayed]);
        Assert.Single(_provider.Requests);
    }

    [Fact]
    public async Task Key_UsedForAnotherBodyOrPath_IsRefusedAndNotRun()
    {
        await _gateway.RetryAsync("a", caller: _ann.Key);
        var other = await _gateway.RetryAsync("a", Ask.Stream, _ann.Key);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "caller_idempotency_key_reused"), (other.Status, other.ErrorCode));
        Assert.Equal("Idempotency-Key", (string?)other.Error["param"]);
        Assert.Single(_provider.Requests);
    }

    [Fact]
    public async Task Key_OfAnotherCaller_IsAnotherOne()
    {
        var ann = await _gateway.RetryAsync("a", caller: _ann.Key);
        var bob = await _gateway.RetryAsync("a", Ask.Stream.Replace("Hi", "Ho", StringComparison.Ordinal), _bob.Key);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (ann.Status, bob.Status));
        Assert.False(bob.Headers.ContainsKey(Retries.Replayed));
        Assert.Equal(HttpStatusCode.Unauthorized, (await _gateway.RetryAsync("a", caller: "gw-wrong")).Status);
        Assert.Equal(2, _provider.Requests.Count);
    }

    [Fact]
    public async Task Answer_LargerThanWhatIsKept_IsDeliveredAndItsRetryRefused()
    {
        _provider.RespondWith(Reply.Stream(ChatEvents.Text([.. Enumerable.Repeat("word ", 200)])));
        (await _gateway.RetryAsync("large", Ask.Stream, _ann.Key)).AssertWholeStream();

        var retry = await _gateway.RetryAsync("large", Ask.Stream, _ann.Key);
        Assert.Equal((HttpStatusCode.Gone, "caller_idempotent_answer_not_kept"), (retry.Status, retry.ErrorCode));
        Assert.Single(_provider.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData("tab\there")]
    public async Task Header_ThatCannotBeUsed_IsNamed(string key)
    {
        var answer = await _gateway.RetryAsync(key, caller: _ann.Key);
        Assert.Equal((HttpStatusCode.BadRequest, "caller_invalid_header", "Idempotency-Key"), (answer.Status, answer.ErrorCode, (string?)answer.Error["param"]));
    }

    [Fact]
    public async Task Header_TooLong_IsNamed()
    {
        Assert.Equal("caller_invalid_header", (await _gateway.RetryAsync(new string('k', 256), caller: _ann.Key)).ErrorCode);
        Assert.Equal(HttpStatusCode.OK, (await _gateway.RetryAsync(new string('k', 255), caller: _ann.Key)).Status);
    }

    [Fact]
    public async Task Trap27_SqlInTheHeader_IsAKeyLikeAnyOther()
    {
        const string Sql = "x'; DROP TABLE runs; --";
        var first = await _gateway.RetryAsync(Sql, caller: _ann.Key);
        Assert.Equal(first.Bytes, (await _gateway.RetryAsync(Sql, caller: _ann.Key)).Bytes);
        Assert.Single(_provider.Requests);
    }

    [Fact]
    public async Task WithoutTheHeader_EachRequestRuns()
    {
        for (int i = 0; i < 2; i++)
        {
            using var response = await _gateway.StartAsync(Ask.Whole, headers: [new("Authorization", $"Bearer {_ann.Key}")]);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Equal(2, _provider.Requests.Count);
        Assert.DoesNotContain(Directory.GetFiles(_data.Path), file => file.EndsWith("idempotency.db", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _provider.DisposeAsync();
        _data.Dispose();
    }

    private Task<GatewayUnderTest> StartAsync() => Retries.StartAsync(_provider, configure: setup =>
    {
        setup.Settings["Gateway:DataPath"] = _data.Path;
        setup.Settings["Idempotency:MaxAnswerBytes"] = "4096";
        setup.KeysYaml = $"keys:\n  - {{ id: ann, sha256: {_ann.Sha256} }}\n  - {{ id: bob, sha256: {_bob.Sha256} }}\n";
    });
}
