using System.Net;
using Gateway.Budgets;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.IntegrationTests.Observability;
using Gateway.IntegrationTests.Operations;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Redis;
using Gateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.IntegrationTests.Idempotency;

/// <summary>Retries against three gateways on one real Redis; the provider counts the calls that would be paid for.</summary>
public sealed class RetryReplicaTests : IAsyncLifetime
{
    private readonly EventGate _gate = new();
    private FakeProvider _provider = null!;
    private RedisServer _redis = null!;
    private GatewayUnderTest[] _replicas = [];

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync();
        _redis = await RedisServer.StartAsync();
        _replicas = [await StartAsync(), await StartAsync(), await StartAsync()];
    }

    [Theory]
    [InlineData(Ask.Whole)]
    [InlineData(Ask.StreamWithUsage)]
    public async Task Trap12_RetryOnAnotherReplica_GetsTheSameAnswerAndTheProviderIsPaidOnce(string body)
    {
        _provider.RespondWith(body == Ask.Whole ? Reply.Fixture("chat-completion.json") : Reply.StreamFixture("chat-stream-usage.sse"));
        var first = await _replicas[0].RetryAsync("retry-1", body);
        Assert.Equal(HttpStatusCode.OK, first.Status);
        Assert.False(first.Headers.ContainsKey(Retries.Replayed));

        foreach (var replica in (GatewayUnderTest[])[.. _replicas, .. _replicas])
        {
            var retry = await replica.RetryAsync("retry-1", body);
            Assert.Equal(HttpStatusCode.OK, retry.Status);
            Assert.Equal(first.Bytes, retry.Bytes);
            Assert.Equal(first.OwnHeaders(), retry.OwnHeaders());
            Assert.Equal(first.Headers["x-request-id"], retry.Headers[Retries.Replayed]);
            Assert.NotEqual(first.Headers["x-request-id"], retry.Headers["x-request-id"]);
        }

        Assert.Single(_provider.Requests);
    }

    [Theory]
    [InlineData(Ask.Whole)]
    [InlineData(Ask.Stream)]
    public async Task Trap12_ManyRetriesAtOnceOnThreeReplicas_AllGetOneAnswerOfOneCall(string body)
    {
        _provider.RespondWith(Reply.SlowHeaders(
            TimeSpan.FromMilliseconds(500), body == Ask.Whole ? Reply.Fixture("chat-completion.json") : Reply.StreamFixture("chat-stream-usage.sse")));

        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => _replicas[i % 3].RetryAsync("same", body)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.All(answers, answer => Assert.Equal(answers[0].Bytes, answer.Bytes));
        Assert.Single(answers, answer => !answer.Headers.ContainsKey(Retries.Replayed));
        Assert.Single(_provider.Requests);
    }

    [Fact]
    public async Task Join_StreamUnderWayOnAnotherReplica_SeesItsTokensAsTheyCome()
    {
        RespondWithGatedStream();
        using var owner = await BeginStreamAsync(_replicas[0], releasing: 3);
        var ownerBody = await owner.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await Delivered.ExpectNextAsync(ownerBody, Wire.Event(ChatEvents.Role()));

        using var joiner = await _replicas[1].BeginAsync("stream");
        var joinerBody = await joiner.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        await Delivered.ExpectNextAsync(joinerBody, Wire.Event(ChatEvents.Role()));

        _gate.Open();
        var whole = (await Delivered.ReadAsync(owner, Wire.Event(ChatEvents.Role()))).AssertWholeStream();
        var joined = (await Delivered.ReadAsync(joiner, Wire.Event(ChatEvents.Role()))).AssertWholeStream();
        Assert.Equal(whole.Text, joined.Text);
        Assert.Equal((0, 0), await CountedAsync(_replicas[0]));
        await Wait.UntilAsync(async () => await CountedAsync(_replicas[1]) == (1, 0));

        // Who has the end of an answer may be ahead of the store.
        await Wait.UntilAsync(async () =>
        {
            Assert.Equal(whole.Text, (await _replicas[2].RetryAsync("stream", Ask.Stream)).AssertWholeStream().Text);
            return (await CountedAsync(_replicas[2])).Replayed > 0;
        });
        Assert.Single(_provider.Requests);
    }

    [Theory]
    [InlineData(Ask.Whole)]
    [InlineData(Ask.Stream)]
    public async Task Join_ClientLeavesWithTheEndBeforeTheStoreKnowsOfIt_HasNotAbandonedTheAnswer(string body)
    {
        _provider.RespondWith(body == Ask.Whole ? Reply.Fixture("chat-completion.json") : Reply.StreamFixture("chat-stream-usage.sse"));
        var finished = new TaskCompletionSource();
        await using var owner = await Retries.StartAsync(_provider, _redis, setup => setup.Services = services =>
            services.AddSingleton<IIdempotencyStore>(provider => new SlowToFinish(new RedisIdempotencyStore(provider.GetRequiredService<RedisLink>()), finished.Task)));
        var whole = await owner.RetryAsync("left", body);
        using (var joiner = await RawConnection.OpenAsync(_replicas[1].BaseUrl))
        {
            await joiner.SendAsync(
                $"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{Retries.Header}: left\r\nContent-Length: {body.Length}\r\n\r\n{body}");
            await joiner.ReadUntilAsync(whole.Text[^14..]);
        }

        await _replicas[1].ScrapeAfterAsync(1);
        finished.SetResult();
        Assert.Equal((1, 0), await CountedAsync(_replicas[1]));
        Assert.DoesNotContain(_replicas[1].Log, line => line.Contains("abandoned", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Trap12_ClientLosesItsConnectionAndRetriesElsewhere_GetsTheWholeAnswerOfTheFirstCall()
    {
        RespondWithGatedStream();
        using (var lost = await BeginStreamAsync(_replicas[0], releasing: 3))
        {
            await Delivered.ExpectNextAsync(await lost.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken), Wire.Event(ChatEvents.Role()));
        }

        using var retry = await _replicas[1].BeginAsync("stream");
        _gate.Open();
        (await Delivered.ReadAsync(retry)).AssertWholeStream();
        Assert.False(Assert.Single(_provider.Requests).ClientAborted.IsCompleted);
    }

    [Fact]
    public async Task Stop_ClientLostItsConnectionToTheGatewayThatIsStopped_TheRetryElsewhereGetsTheAnswerOfTheFirstCall()
    {
        RespondWithGatedStream();
        using var leaving = new CancellationTokenSource();
        var lost = _replicas[0].BeginAsync("stream", cancellationToken: leaving.Token);
        await _provider.WaitForRequestAsync();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lost);

        // That its client has gone the gateway tells nobody. Should it take longer to see it, less is tested.
        await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        var stopping = _replicas[0].StopAsync();
        var retry = _replicas[1].RetryAsync("stream", Ask.Stream);
        _gate.Open();
        (await retry).AssertWholeStream();
        Assert.False(Assert.Single(_provider.Requests).ClientAborted.IsCompleted);
        await stopping.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Stop_RetryThatWaitsForAnotherGatewaysAnswer_IsToldSoInTime()
    {
        await using var stopped = await StartAsync(("Gateway:StopSeconds", "1"));
        _provider.RespondWith(Reply.Hang());
        var first = _replicas[0].RetryAsync("slow", Ask.Whole);
        await _provider.WaitForRequestAsync();
        var joined = stopped.RetryAsync("slow", Ask.Whole);
        await Wait.UntilAsync(async () => (await Scrape.OfAsync(stopped)).Sum("gateway_requests_in_flight") == 1);

        var stopping = stopped.StopAsync();
        Assert.Equal("policy_stopping", (await joined).ErrorCode);
        await stopping.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.False(first.IsCompleted);
    }

    [Fact]
    public async Task Trap28_ClientLeavesForGood_ProviderSeesTheAbortOnceNobodyReadsForTheStatedTime()
    {
        await using var gateway = await StartAsync(("Idempotency:DetachedSeconds", "1"));
        RespondWithGatedStream();
        using (await BeginStreamAsync(gateway, releasing: 3))
        {
        }

        await _provider.Requests[0].ClientAborted.WaitAsync(TimeSpan.FromSeconds(6), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Trap28_DetachedSecondsZero_ProviderSeesTheAbortAtOnce()
    {
        // Below the 10 seconds of the default, above what a busy machine takes.
        await using var gateway = await StartAsync(("Idempotency:DetachedSeconds", "0"));
        RespondWithGatedStream();
        using (await BeginStreamAsync(gateway, releasing: 3))
        {
        }

        await _provider.Requests[0].ClientAborted.WaitAsync(TimeSpan.FromSeconds(8), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Owner_KilledInTheMiddle_AWaitingRetryRunsAnewOnceItsLeaseIsOver()
    {
        _provider.RespondWith(request => _provider.Requests.Count == 1 ? Reply.Hang() : Reply.Fixture("chat-completion.json"));
        await using var owner = await StartProcessAsync();
        using var client = new HttpClient { BaseAddress = owner.Url };
        var lost = client.PostAsync(GatewayRequests.ChatPath, Body(Ask.Whole, "killed"), TestContext.Current.CancellationToken);
        await _provider.WaitForRequestAsync();

        await owner.Process.KillAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => lost);
        var start = TimeProvider.System.GetTimestamp();
        var retry = await _replicas[1].RetryAsync("killed");

        Assert.Equal(HttpStatusCode.OK, retry.Status);
        Assert.False(retry.Headers.ContainsKey(Retries.Replayed));
        Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(10));
        Assert.Equal(2, _provider.Requests.Count);
        Assert.Equal(retry.Bytes, (await _replicas[2].RetryAsync("killed")).Bytes);
        Assert.Equal(2, _provider.Requests.Count);
    }

    [Fact]
    public async Task Owner_KilledInAStream_WhoeverJoinedSeesABrokenStreamAndItsRetryAWholeOne()
    {
        RespondWithGatedStream();
        await using var owner = await StartProcessAsync();
        using var client = new HttpClient { BaseAddress = owner.Url };
        _gate.Release(3);
        using var request = new HttpRequestMessage(HttpMethod.Post, GatewayRequests.ChatPath) { Content = Body(Ask.Stream, "stream") };
        using var lost = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var joiner = await _replicas[1].BeginAsync("stream");
        await Delivered.ExpectNextAsync(await joiner.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken), Wire.Event(ChatEvents.Role()));

        await owner.Process.KillAsync();
        Assert.Equal("provider_truncated", (string?)(await Delivered.ReadAsync(joiner)).AssertBrokenStream()["code"]);
        _gate.Open();
        (await _replicas[1].RetryAsync("stream", Ask.Stream)).AssertWholeStream();
        Assert.Equal(2, _provider.Requests.Count);
    }

    [Fact]
    public async Task RedisDown_RequestsWithTheHeaderAreRefusedAndOthersServed()
    {
        _provider.RespondWith(Reply.Fixture("chat-completion.json"));
        await _redis.KillAsync();

        var refused = await _replicas[0].RetryAsync("down");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "policy_idempotency_unavailable"), (refused.Status, refused.ErrorCode));
        Assert.True(refused.Headers.ContainsKey("Retry-After"));
        Assert.Empty(_provider.Requests);
        Assert.Equal(HttpStatusCode.OK, (await Ask.SendAsync(_replicas[0], Ask.Whole)).Status);

        await _redis.RestartAsync();
        await Wait.UntilAsync(async () => (await _replicas[0].RetryAsync("down")).Status == HttpStatusCode.OK, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task RedisDiesDuringARun_ItsOwnClientGetsTheWholeAnswer()
    {
        RespondWithGatedStream();
        using var owner = await BeginStreamAsync(_replicas[0], releasing: 3);
        await _redis.KillAsync();
        _gate.Open();
        (await Delivered.ReadAsync(owner)).AssertWholeStream();
        await Wait.UntilAsync(() => _replicas[0].Log.Any(line => line.Contains("could not be kept", StringComparison.Ordinal)), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Failure_IsGivenToThoseWhoWaitAndNotKept()
    {
        _provider.RespondWith(Reply.SlowHeaders(TimeSpan.FromMilliseconds(500), Reply.Error(400, "No.", "nope")));
        var answers = await Task.WhenAll(_replicas.Select(replica => replica.RetryAsync("failing")));
        Assert.All(answers, answer => Assert.Equal((HttpStatusCode.BadRequest, "nope"), (answer.Status, answer.ErrorCode)));
        Assert.Single(_provider.Requests);
        await Task.WhenAll(_replicas.Select(replica => replica.LoggedAsync(" failed with ")));

        _provider.RespondWith(Reply.Fixture("chat-completion.json"));
        Assert.Equal(HttpStatusCode.OK, (await _replicas[1].RetryAsync("failing")).Status);
    }

    private static async Task<(double Joined, double Replayed)> CountedAsync(GatewayUnderTest gateway)
    {
        var scrape = await Scrape.OfAsync(gateway);
        return (scrape.Sum("gateway_idempotency_retries_total", "outcome=joined"), scrape.Sum("gateway_idempotency_retries_total", "outcome=replayed"));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }

        await _redis.DisposeAsync();
        await _provider.DisposeAsync();
    }

    private Task<GatewayUnderTest> StartAsync(params (string Name, string Value)[] settings) => Retries.StartAsync(_provider, _redis, setup =>
    {
        setup.Settings["Idempotency:LeaseSeconds"] = "3";
        foreach (var (name, value) in settings)
        {
            setup.Settings[name] = value;
        }
    });

    private void RespondWithGatedStream() => _provider.RespondWith(Reply.Stream(ChatEvents.Text("Hello", " dear", " world"), new StreamOptions { Gate = _gate }));

    private async Task<HttpResponseMessage> BeginStreamAsync(GatewayUnderTest gateway, int releasing)
    {
        _gate.Release(releasing);
        return await gateway.BeginAsync("stream");
    }

    private async Task<Owner> StartProcessAsync()
    {
        var folder = new TempFolder();
        var setup = new GatewaySetup();
        FrontDoorGateway.UseProvider(setup, _provider);
        folder.Write("policies/providers.yaml", setup.ProvidersYaml);
        folder.Write("policies/routes.yaml", setup.RoutesYaml);
        var process = GatewayProcess.Start(
            ["serve", "--Gateway:Urls=http://127.0.0.1:0", $"--Redis:Configuration={_redis.Configuration}", "--Redis:TimeoutSeconds=5", "--Idempotency:LeaseSeconds=3"], folder.Path);
        return new Owner(process, await process.WaitForUrlAsync(), folder);
    }

    private static StringContent Body(string body, string key)
    {
        var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        content.Headers.TryAddWithoutValidation(Retries.Header, key);
        return content;
    }

    /// <summary>A gateway in a process of its own, which a test kills.</summary>
    private sealed record Owner(GatewayProcess Process, Uri Url, TempFolder Folder) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Process.DisposeAsync();
            Folder.Dispose();
        }
    }
}
