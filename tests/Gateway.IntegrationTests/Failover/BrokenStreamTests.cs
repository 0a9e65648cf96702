using System.Globalization;
using System.Net;
using Gateway.IntegrationTests.Observability;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Failover;

/// <summary>S08, S10 and S11: a stream that dies, stumbles, or does not say that it is over.</summary>
public sealed class BrokenStreamTests
{
    private const string Limits = "defaults: { limits: { firstTokenSeconds: 5, answerSeconds: 5, betweenTokensSeconds: 0.5 } }";

    /// <summary>The role, then 40 of the 60 tokens.</summary>
    private const int Role = 1;
    private const int Said = 40;

    private static readonly ScriptedAnswer Sixty =
        new("chatcmpl-first", 9, 60, [.. Enumerable.Range(0, 60).Select(i => string.Create(CultureInfo.InvariantCulture, $" w\"{i}é\n"))]);

    [Theory]
    [InlineData(StreamEnd.Complete, "plain")]
    [InlineData(StreamEnd.Close, "prefix")]
    [InlineData(StreamEnd.Reset, "continue_final_message")]
    [InlineData(StreamEnd.Silence, "plain")]
    public async Task S08_StreamDiesAfter40Of60Tokens_AnotherGoesOnAndTheClientGetsAll60(StreamEnd end, string prefill)
    {
        await using var scene = await FailoverScene.StartAsync(Limits, change: (i, model) => i == 1 ? model with { Prefill = prefill } : model);
        var gate = new EventGate();
        scene.First.Fake.RespondWith(Reply.Stream(Sixty.Events, new StreamOptions { StopAfter = Role + Said, End = end, Gate = gate }));
        scene.Second.Fake.RespondWith(Continuing.Replying(Sixty));

        var answer = (await ReadBeforeItBreaksAsync(scene, gate)).AssertWholeStream();

        // Every token once and in order, one role, one id; what is paid for is what the second read and wrote.
        Assert.Equal(Sixty.Stream, answer.TextWithoutSpending);
        Assert.Equal([Sixty.Id], Continuing.IdsOf(answer));
        Assert.Equal(Sixty.Text, Continuing.TextOf(answer));
        Assert.Equal((1, 1), (scene.First.Calls, scene.Second.Calls));
        var asked = scene.Second.Fake.Requests.Single().Json;
        Assert.Contains(Replies.PrefillOf(scene.Second.Fake.Requests.Single()), (string[])[string.Concat(Sixty.Words[..Said]), string.Concat(Sixty.Words[..(Said - 1)])]);
        Assert.Equal(prefill == "prefix" ? true : null, (bool?)asked["messages"]!.AsArray()[^1]!["prefix"]);
        Assert.Equal(prefill == "continue_final_message" ? true : null, (bool?)asked["continue_final_message"]);
        var scrape = await scene.Gateway.ScrapeAfterAsync(requests: 1);
        Assert.Equal(1, scrape.Sum("gateway_failovers_total", "from=first/small", "to=second/small"));
        Assert.Equal(1, scrape.Sum("gateway_attempts_total", "provider=second", "role=continuation", "outcome=success"));
        Assert.Equal(1, scrape.Sum("gateway_requests_total", "outcome=success"));
        Assert.Equal(0, scrape.Sum("gateway_tokens_total", "provider=first"));
    }

    [Theory]
    [InlineData(StreamEnd.Complete)]
    [InlineData(StreamEnd.Close)]
    [InlineData(StreamEnd.Reset)]
    [InlineData(StreamEnd.Silence)]
    public async Task S08_StreamDiesAndNobodyCanContinue_IsAClearErrorNeverATruncatedSuccess(StreamEnd end)
    {
        await using var scene = await FailoverScene.StartAsync(Limits);
        var gate = new EventGate();
        scene.First.Fake.RespondWith(Reply.Stream(Sixty.Events, new StreamOptions { StopAfter = Role + Said, End = end, Gate = gate }));

        var answer = await ReadBeforeItBreaksAsync(scene, gate);

        Assert.Equal(end == StreamEnd.Silence ? "provider_timeout" : "provider_truncated", (string?)answer.AssertBrokenStream()["code"]);
        Assert.StartsWith(string.Concat(Continuing.TextOf(answer)), Sixty.Text, StringComparison.Ordinal);
        Assert.Equal(1, scene.Calls);

        // One line of ours, and no stack trace of the server's, which would look like a fault of the gateway.
        await scene.Gateway.LoggedAsync("failed with provider_");
        Assert.DoesNotContain(scene.Gateway.Log, line => line.Contains("unhandled exception", StringComparison.Ordinal));
        await scene.AssertHealthyAsync();
    }

    [Fact]
    public async Task S08_StreamDiesWhileTheModelOnlyThought_AnotherAnswersFromTheBeginning()
    {
        await using var scene = await FailoverScene.StartAsync(Limits);
        scene.First.Fake.RespondWith(Reply.Stream([ChatEvents.Role(), ChatEvents.Reasoning("Hm"), ChatEvents.Reasoning(" so")], new StreamOptions { StopAfter = 3 }));

        var answer = (await scene.AskAsync(stream: true)).AssertWholeStream();

        Assert.Equal(FailoverScene.SecondAnswer.Text, Continuing.TextOf(answer));
        Assert.Null(Replies.PrefillOf(scene.Second.Fake.Requests.Single()));
    }

    [Fact]
    public async Task S08_WholeAnswerDiesInItsMiddle_AnotherAnswersFromTheBeginning()
    {
        await using var scene = await FailoverScene.StartAsync(Limits);
        scene.First.Fake.RespondWith(Reply.TruncatedJson(Sixty.Body[..200]));

        scene.AssertSecondAnswered(await scene.AskAsync(stream: false), stream: false, attempts: 2, wasFirstPaid: true);
    }

    [Fact]
    public async Task S10_MalformedEventBeforeTheFirstToken_FailsOverWithoutATrace()
    {
        await using var scene = await FailoverScene.StartAsync(Limits);
        scene.First.Fake.RespondWith(Reply.Stream(Sixty.Events, new StreamOptions { MalformedAt = 1 }));

        scene.AssertSecondAnswered(await scene.AskAsync(stream: true), stream: true, attempts: 2);
    }

    [Fact]
    public async Task S10_MalformedEventInTheMiddle_AnotherGoesOnBeforeIt()
    {
        await using var scene = await FailoverScene.StartAsync(Limits, change: (i, model) => i == 1 ? model with { Prefill = "plain" } : model);
        scene.First.Fake.RespondWith(Reply.Stream(Sixty.Events, new StreamOptions { MalformedAt = Role + Said }));
        scene.Second.Fake.RespondWith(Continuing.Replying(Sixty));

        var answer = await scene.AskAsync(stream: true);

        Assert.Equal(Sixty.Stream, answer.AssertWholeStream().TextWithoutSpending);
    }

    [Fact]
    public async Task S10_MalformedEventInTheMiddleAndNobodyCanContinue_IsAClearError()
    {
        await using var scene = await FailoverScene.StartAsync(Limits);
        scene.First.Fake.RespondWith(Reply.Stream(Sixty.Events, new StreamOptions { MalformedAt = Role + Said }));

        var answer = await scene.AskAsync(stream: true);

        Assert.Equal("provider_invalid_response", (string?)answer.AssertBrokenStream()["code"]);
        Assert.Equal(Sixty.Events.Take(Role + Said), answer.Events.SkipLast(1));
    }

    [Fact]
    public async Task S10_WholeAnswerIsMalformed_FailsOver()
    {
        await using var scene = await FailoverScene.StartAsync(Limits);
        scene.First.Fake.RespondWith(Reply.Json(200, Sixty.Body[..100]));

        scene.AssertSecondAnswered(await scene.AskAsync(stream: false), stream: false, attempts: 2);
    }

    [Theory]
    [InlineData(StreamEnd.Complete)]
    [InlineData(StreamEnd.Silence)]
    public async Task S11_NoDone_IsFinishedPromptlyAndUsageIsReported(StreamEnd end)
    {
        await using var scene = await FailoverScene.StartAsync(Limits);
        scene.First.Fake.RespondWith(Reply.Stream(Sixty.Events, new StreamOptions { Done = false, End = end }));

        var answer = (await scene.Gateway.SendAsync(Ask.StreamWithUsage)).AssertWholeStream();

        Assert.Equal(Wire.Events(Sixty.Events) + scene.First.CostComment(Sixty) + Wire.Done, answer.Text);
        Assert.Equal(1, scene.Calls);
        var scrape = await scene.Gateway.ScrapeAfterAsync(requests: 1);
        Assert.Equal(Sixty.OutputTokens, scrape.Sum("gateway_tokens_total", "provider=first", "kind=output"));
    }

    /// <summary>The counterpart without a stream: neither a length nor a last chunk, the end of the connection is the end of the answer.</summary>
    [Fact]
    public async Task S11_WholeAnswerThatOnlyTheConnectionEnds_IsAnswered()
    {
        await using var upstream = RawTcpUpstream.Start(
            RawStep.ReadRequest(), RawStep.Send($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{Sixty.Body}"));
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", upstream.BaseUrl));

        var answer = await gateway.SendAsync(Ask.Whole);

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(Sixty.Body, answer.Text);
    }

    /// <summary>A reset may overtake what was sent right before it, so the client reads all tokens but the last before the stream may break.</summary>
    private static async Task<Delivered> ReadBeforeItBreaksAsync(FailoverScene scene, EventGate gate)
    {
        gate.Release(Role + Said - 1);
        using var response = await scene.Gateway.StartAsync(Ask.Stream);
        var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var seen = Wire.Events(Sixty.Events.Take(Role + Said - 1));
        await Delivered.ExpectNextAsync(body, seen);
        gate.Open();
        return await Delivered.ReadAsync(response, seen);
    }
}
