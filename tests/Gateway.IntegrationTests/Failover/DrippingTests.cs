using System.Net;
using Gateway.IntegrationTests.Observability;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Failover;

/// <summary>Traps 17 and 24: what counts as progress of a stream, and what does not.</summary>
public sealed class DrippingTests
{
    private const string Limits = "providers: { first: { limits: { firstTokenSeconds: 1, betweenTokensSeconds: 1 } } }";
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Trap17_ReasoningComesInTimeAndContentLate_IsNoLateFirstToken()
    {
        // Content comes after the limit of a first token, and no two tokens are further apart than theirs.
        string[] events = [ChatEvents.Role(), .. Enumerable.Repeat(ChatEvents.Reasoning("Hm"), 16), ChatEvents.Delta("Hello"), ChatEvents.Finish()];
        await using var scene = await FailoverScene.StartAsync(Limits);
        scene.First.Fake.RespondWith(Reply.Stream(events, new StreamOptions { EventDelay = Beat }));

        var answer = (await scene.AskAsync(stream: true)).AssertWholeStream();

        Assert.Equal(Wire.Events(events) + Wire.Done, answer.TextWithoutSpending);
        Assert.Equal(1, scene.Calls);
        var scrape = await scene.Gateway.ScrapeAfterAsync(requests: 1);
        var thinking = scrape.Sum("gateway_first_content_token_seconds_sum") - scrape.Sum("gateway_first_token_seconds_sum");
        Assert.True(thinking > 0.8, $"16 events of reasoning, 0.1 s each, came between the two; the gateway says {thinking} s.");
    }

    [Fact]
    public async Task Trap24_CommentsBeforeTheFirstToken_DoNotKeepTheAttemptAlive()
    {
        await using var dripping = RawTcpUpstream.Start([RawStep.ReadRequest(), RawStep.Send(Head), .. Drip(": OPENROUTER PROCESSING\n\n"), RawStep.Hang()]);
        await using var second = await FakeProvider.StartAsync();
        second.RespondWith(Reply.StreamFixture("chat-stream.sse"));
        await using var gateway = await ProviderGateway.StartAsync(
            new ProviderEntry("first", dripping.BaseUrl) { LimitSeconds = 1 }, new ProviderEntry("second", second.BaseUrl));

        var answer = (await gateway.SendAsync(Ask.Stream)).AssertWholeStream();

        Assert.Equal(Fixtures.Text("chat-stream.sse"), answer.Text);
        Assert.Equal("second", answer.Headers["x-gateway-provider"]);
    }

    [Fact]
    public async Task Trap24_EmptyEventsBeforeTheFirstToken_DoNotKeepTheAttemptAlive()
    {
        await using var scene = await FailoverScene.StartAsync(Limits);
        scene.First.Fake.RespondWith(Reply.Stream(Enumerable.Repeat(ChatEvents.Role(), 200), new StreamOptions { EventDelay = Beat }));

        scene.AssertSecondAnswered(await scene.AskAsync(stream: true), stream: true, attempts: 2, wasFirstPaid: true);
    }

    [Fact]
    public async Task Trap24_CommentsBetweenTokens_DoNotKeepTheStreamAlive()
    {
        var said = Wire.Events(ChatEvents.Text("Hello").Take(2));
        await using var dripping = RawTcpUpstream.Start([RawStep.ReadRequest(), RawStep.Send(Head + said), .. Drip(": ping\n\n"), RawStep.Hang()]);
        await using var gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", dripping.BaseUrl) { LimitSeconds = 1 });

        var answer = await gateway.SendAsync(Ask.Stream);

        Assert.Equal("provider_timeout", (string?)answer.AssertBrokenStream()["code"]);
        Assert.StartsWith(said, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trap24_TokensWithoutEnd_TheWholeRequestHasALimitToo()
    {
        await using var scene = await FailoverScene.StartAsync("defaults: { totalSeconds: 2, limits: { firstTokenSeconds: 1 } }", models: 1);
        scene.First.Fake.RespondWith(Reply.Stream([ChatEvents.Role(), .. Enumerable.Repeat(ChatEvents.Delta("on and "), 500)], new StreamOptions { EventDelay = Beat }));

        var error = (await scene.AskAsync(stream: true)).AssertBrokenStream();

        Assert.Equal("provider_timeout", (string?)error["code"]);
        Assert.Contains("totalSeconds", (string?)error["message"], StringComparison.Ordinal);
        await scene.First.Fake.Requests.Single().ClientAborted.WaitAsync(Wait.DefaultTimeout, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Trap24_WholeAnswersThatHang_AllAttemptsTogetherKeepToTheLimit()
    {
        await using var scene = await FailoverScene.StartAsync("defaults: { totalSeconds: 1.5, limits: { firstTokenSeconds: 1, answerSeconds: 1 } }", models: 3);
        foreach (var model in (ScriptedModel[])[scene.First, scene.Second, scene.Third])
        {
            model.Fake.RespondWith(Reply.Hang());
        }

        var answer = await scene.AskAsync(stream: false);

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.Status);
        Assert.Equal("provider_timeout", answer.ErrorCode);
        Assert.Equal((1, 1, 0), (scene.First.Calls, scene.Second.Calls, scene.Third.Calls));
    }

    private static IEnumerable<RawStep> Drip(string text) =>
        Enumerable.Range(0, 100).SelectMany(_ => (RawStep[])[RawStep.Pause(Beat), RawStep.Send(text)]);
}
