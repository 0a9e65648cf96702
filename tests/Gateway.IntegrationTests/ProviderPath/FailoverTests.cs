using System.Globalization;
using System.Net;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.ProviderPath;

public sealed class FailoverTests
{
    private const string InnerError = """{"error":{"message":"No worker is left.","type":"server_error","param":null,"code":"no_worker"}}""";

    private static readonly Dictionary<string, Reply> Faults = new()
    {
        ["reset before headers"] = Reply.ResetBeforeHeaders(),
        ["429"] = Reply.RateLimited(retryAfterSeconds: 3600),
        ["500"] = Reply.Fixture("error-500-server-error.json", 500),
        ["502 as HTML"] = Reply.Html(502),
        ["503"] = Reply.Fixture("error-503-overloaded.json", 503),
        ["504 as HTML"] = Reply.Html(504),
        ["401"] = Reply.Fixture("error-401-invalid-api-key.json", 401),
        ["timeout"] = Reply.Hang(),
        ["redirect"] = Reply.Redirect("http://127.0.0.1:1/v1"),
        ["200 as HTML"] = Reply.Html(200),
        ["error with status 200"] = Reply.Json(200, """{"error":{"code":502,"message":"The upstream is down."},"user_id":"u"}"""),
        ["truncated"] = Reply.TruncatedJson("{\"id\":"),
        ["unknown content coding"] = Reply.Json(200, "{}", new Dictionary<string, string> { ["Content-Encoding"] = "zstd" }),
        ["broken content coding"] = Reply.Json(200, "no gzip at all", new Dictionary<string, string> { ["Content-Encoding"] = "gzip" }),
    };

    private static readonly Dictionary<string, Reply> StreamFaults = new(Faults)
    {
        ["error event first"] = Reply.Stream([InnerError]),
        ["malformed event first"] = Reply.Stream(ChatEvents.Text("Hello"), new StreamOptions { MalformedAt = 0 }),
        ["end before the first event"] = Reply.Stream([], new StreamOptions { StopAfter = 0 }),
        ["error event before the first token"] = Reply.Stream([ChatEvents.Role(), InnerError]),
        ["malformed event before the first token"] = Reply.Stream(ChatEvents.Text("Hello"), new StreamOptions { MalformedAt = 1 }),
        ["end before the first token"] = Reply.Stream(ChatEvents.Text("Hello"), new StreamOptions { StopAfter = 1 }),
        ["reset before the first token"] = Reply.Stream(ChatEvents.Text("Hello"), new StreamOptions { StopAfter = 1, End = StreamEnd.Reset }),
        ["silence before the first token"] = Reply.Stream(ChatEvents.Text("Hello"), new StreamOptions { StopAfter = 1, End = StreamEnd.Silence }),
    };

    /// <summary>Passing faults, after which the same provider is asked once more.</summary>
    private static readonly HashSet<string> Retried =
        ["reset before headers", "500", "502 as HTML", "503", "error event first", "error event before the first token", "error with status 200"];

    public static TheoryData<string> FaultNames { get; } = new(Faults.Keys);

    public static TheoryData<string> StreamFaultNames { get; } = new(StreamFaults.Keys);

    [Theory]
    [MemberData(nameof(FaultNames))]
    public async Task Post_FirstProviderFails_SecondAnswers(string fault)
    {
        await using var first = await FakeProvider.StartAsync();
        await using var second = await FakeProvider.StartAsync();
        first.RespondWith(Faults[fault]);
        second.RespondWith(Reply.Fixture("chat-completion.json"));
        await using var gateway = await StartAsync(first.BaseUrl, second.BaseUrl, fault);

        var answer = await gateway.SendAsync(Ask.Whole);

        Assert.Equal(Fixtures.Text("chat-completion.json"), answer.Text);
        AssertSecondAnswered(answer, calls: Retried.Contains(fault) ? 3 : 2);
        Assert.Equal(Retried.Contains(fault) ? 2 : 1, first.Requests.Count);
        Assert.Single(second.Requests);
    }

    [Theory]
    [MemberData(nameof(StreamFaultNames))]
    public async Task Trap19_PostStream_FirstProviderFailsBeforeItsFirstToken_SecondAnswers(string fault)
    {
        await using var first = await FakeProvider.StartAsync();
        await using var second = await FakeProvider.StartAsync();
        first.RespondWith(StreamFaults[fault]);
        second.RespondWith(Reply.StreamFixture("chat-stream.sse"));
        await using var gateway = await StartAsync(first.BaseUrl, second.BaseUrl, fault);

        var answer = (await gateway.SendAsync(Ask.Stream)).AssertWholeStream();

        Assert.Equal(Fixtures.Text("chat-stream.sse"), answer.Text);
        AssertSecondAnswered(answer, calls: Retried.Contains(fault) ? 3 : 2);
        Assert.Equal(Retried.Contains(fault) ? 2 : 1, first.Requests.Count);
        Assert.Single(second.Requests);
    }

    [Fact]
    public async Task Post_FirstProviderRefusesConnections_SecondAnswers()
    {
        await using var second = await FakeProvider.StartAsync();
        second.RespondWith(Reply.Fixture("chat-completion.json"));
        await using var gateway = await StartAsync($"http://127.0.0.1:{TestPorts.Unused()}/v1", second.BaseUrl);

        AssertSecondAnswered(await gateway.SendAsync(Ask.Whole), calls: 3);
    }

    [Fact]
    public async Task Post_FirstProviderDoesNotKnowTheModel_SecondAnswers()
    {
        await using var first = await FakeProvider.StartAsync();
        await using var second = await FakeProvider.StartAsync();
        first.RespondWith(Reply.Fixture("error-404-model-not-found.json", 404));
        second.RespondWith(Reply.Fixture("chat-completion.json"));
        await using var gateway = await StartAsync(first.BaseUrl, second.BaseUrl);

        AssertSecondAnswered(await gateway.SendAsync(Ask.Whole), calls: 2);
        Assert.Single(first.Requests);
    }

    [Theory]
    [InlineData("error-400-invalid-request.json", 400)]
    [InlineData("error-400-context-length.json", 400)]
    [InlineData("error-400-content-policy.json", 400)]
    [InlineData("error-400-invalid-request.json", 422)]
    public async Task Post_CallersMistake_IsAnsweredByTheFirstProviderAlone(string fixture, int status)
    {
        await using var first = await FakeProvider.StartAsync();
        await using var second = await FakeProvider.StartAsync();
        first.RespondWith(Reply.Fixture(fixture, status));
        await using var gateway = await StartAsync(first.BaseUrl, second.BaseUrl);

        var answer = await gateway.SendAsync(Ask.Whole);

        Assert.Equal(status, (int)answer.Status);
        Assert.Equal(Fixtures.Text(fixture), answer.Text);
        Assert.Equal("1", answer.Headers["x-gateway-attempts"]);
        Assert.Single(first.Requests);
        Assert.Empty(second.Requests);
    }

    [Fact]
    public async Task Post_AnswerStoppedByAContentFilter_IsAnAnswer()
    {
        await using var first = await FakeProvider.StartAsync();
        await using var second = await FakeProvider.StartAsync();
        first.RespondWith(Reply.Fixture("chat-completion-content-filter.json"));
        await using var gateway = await StartAsync(first.BaseUrl, second.BaseUrl);

        Assert.Equal(Fixtures.Text("chat-completion-content-filter.json"), (await gateway.SendAsync(Ask.Whole)).Text);
        Assert.Empty(second.Requests);
    }

    [Fact]
    public async Task PostStream_ProviderFailsAfterItsFirstTokenAndNobodyContinues_SecondIsNotTried()
    {
        await using var first = await FakeProvider.StartAsync();
        await using var second = await FakeProvider.StartAsync();
        first.RespondWith(Reply.Stream(ChatEvents.Text("Hello"), new StreamOptions { StopAfter = 2 }));
        await using var gateway = await StartAsync(first.BaseUrl, second.BaseUrl);

        (await gateway.SendAsync(Ask.Stream)).AssertBrokenStream();

        Assert.Empty(second.Requests);
    }

    [Fact]
    public async Task Post_EveryProviderFails_LastFailureIsReturnedWithItsStatusAndRetryAfter()
    {
        await using var first = await FakeProvider.StartAsync();
        await using var second = await FakeProvider.StartAsync();
        first.RespondWith(Reply.Fixture("error-500-server-error.json", 500));
        second.RespondWith(Reply.RateLimited(retryAfterSeconds: 7));
        await using var gateway = await StartAsync(first.BaseUrl, second.BaseUrl);

        var answer = await gateway.SendAsync(Ask.Whole);

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.Status);
        Assert.Equal(Fixtures.Text("error-429-rate-limit.json"), answer.Text);
        Assert.Equal("7", answer.Headers["Retry-After"]);
        AssertSecondAnswered(answer, calls: 3);
        Assert.Equal(2, first.Requests.Count);
        Assert.Single(second.Requests);
    }

    [Fact]
    public async Task Post_EveryProviderIsOutOfReach_IsAPlainErrorThatNamesTheLast()
    {
        await using var gateway = await StartAsync($"http://127.0.0.1:{TestPorts.Unused()}/v1", $"http://127.0.0.1:{TestPorts.Unused()}/v1");

        var answer = await gateway.SendAsync(Ask.Whole);

        Assert.Equal(HttpStatusCode.BadGateway, answer.Status);
        Assert.Equal("provider_unreachable", answer.ErrorCode);
        Assert.Equal("Provider 'second' could not be reached: the connection was refused.", (string?)answer.Error["message"]);
        AssertSecondAnswered(answer, calls: 4);
    }

    private static Task<GatewayUnderTest> StartAsync(string firstUrl, string secondUrl, string fault = "") =>
        ProviderGateway.StartAsync(
            new ProviderEntry("first", firstUrl) { LimitSeconds = fault is "timeout" or "silence before the first token" ? 0.5 : 20 }, new ProviderEntry("second", secondUrl));

    private static void AssertSecondAnswered(Delivered answer, int calls)
    {
        Assert.Equal(calls.ToString(CultureInfo.InvariantCulture), answer.Headers["x-gateway-attempts"]);
        Assert.Equal("second", answer.Headers["x-gateway-provider"]);
    }
}
