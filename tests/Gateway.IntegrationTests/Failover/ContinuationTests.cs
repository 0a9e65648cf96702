using Gateway.IntegrationTests.Observability;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Failover;

/// <summary>S14 and traps 19 and 20: who may go on with an answer that broke off, and what the client is told when nobody can.</summary>
public sealed class ContinuationTests
{
    private const string Limits = "defaults: { limits: { firstTokenSeconds: 5, betweenTokensSeconds: 0.5 } }";
    private const int Said = 3;

    private static readonly Reply RejectsPrefill =
        Reply.Error(400, "This model does not support assistant message prefill.", "prefill_not_supported");

    private static readonly ScriptedAnswer Answer = FailoverScene.FirstAnswer;

    [Fact]
    public async Task S14_FallbackRejectsPrefill_TheNextOneGoesOn()
    {
        await using var scene = await StartAsync("none", "plain", "plain");
        scene.Second.Fake.RespondWith(RejectsPrefill);
        scene.Third.Fake.RespondWith(Continuing.Replying(Answer));

        var answer = await scene.AskAsync(stream: true);

        Assert.Equal(Answer.Stream, answer.AssertWholeStream().TextWithoutSpending);
        Assert.Equal((1, 1, 1), (scene.First.Calls, scene.Second.Calls, scene.Third.Calls));
    }

    [Fact]
    public async Task S14_FallbacksCardSaysThatItRejectsPrefill_IsNotEvenAsked()
    {
        await using var scene = await StartAsync("none", "none", "prefix");
        scene.Third.Fake.RespondWith(Continuing.Replying(Answer));

        var answer = await scene.AskAsync(stream: true);

        Assert.Equal(Answer.Stream, answer.AssertWholeStream().TextWithoutSpending);
        Assert.Equal(0, scene.Second.Calls);
    }

    [Fact]
    public async Task S14_OnlyTheBrokenOneCanContinue_ItGoesOnItself()
    {
        await using var scene = await StartAsync("plain", "none", "none");
        var goesOn = Continuing.Replying(Answer);
        scene.First.Fake.RespondWith(request => Replies.PrefillOf(request) is null ? Broken() : goesOn(request));

        var answer = await scene.AskAsync(stream: true);

        Assert.Equal(Answer.Stream, answer.AssertWholeStream().TextWithoutSpending);
        Assert.Equal((2, 0, 0), (scene.First.Calls, scene.Second.Calls, scene.Third.Calls));
    }

    /// <summary>Without a stream nothing has been delivered: the restart is a clean one, and no prefill is sent.</summary>
    [Fact]
    public async Task S14_WholeAnswerIsCut_IsRestartedWithoutPrefill()
    {
        await using var scene = await StartAsync("none", "plain", "plain");
        scene.First.Fake.RespondWith(Reply.TruncatedJson(Answer.Body[..80]));

        scene.AssertSecondAnswered(await scene.AskAsync(stream: false), stream: false, attempts: 2, wasFirstPaid: true);
        Assert.Null(Replies.PrefillOf(scene.Second.Fake.Requests.Single()));
    }

    [Fact]
    public async Task S14_ContinuationBreaksToo_TheNextOneGoesOnWithWhatBothSaid()
    {
        await using var scene = await StartAsync("none", "plain", "plain");
        scene.Second.Fake.RespondWith(Continuing.Replying(Answer, options: new StreamOptions { StopAfter = 3 }));
        scene.Third.Fake.RespondWith(Continuing.Replying(Answer));

        var answer = await scene.AskAsync(stream: true);

        Assert.Equal(Answer.Stream, answer.AssertWholeStream().TextWithoutSpending);
        Assert.Equal(string.Concat(Answer.Words[..(Said + 2)]), Replies.PrefillOf(scene.Third.Fake.Requests.Single()));
    }

    [Fact]
    public async Task Trap20_EveryFallbackRejectsPrefill_TheRealErrorIsShown()
    {
        await using var scene = await StartAsync("none", "plain", "plain");
        scene.Second.Fake.RespondWith(RejectsPrefill);
        scene.Third.Fake.RespondWith(RejectsPrefill);

        var answer = await scene.AskAsync(stream: true);

        Assert.Equal("provider_truncated", (string?)answer.AssertBrokenStream()["code"]);
        Assert.DoesNotContain("prefill", answer.Text, StringComparison.Ordinal);
        Assert.Equal(3, scene.Calls);
        await scene.Gateway.ScrapeAfterAsync(requests: 1);
        await scene.Gateway.LoggedAsync("prefill_rejected");
    }

    [Fact]
    public async Task Trap20_ErrorInTheMiddleAndEveryFallbackRejectsPrefill_TheProvidersWordsAreShown()
    {
        const string Died = """{"error":{"message":"The engine \"died\".","type":"server_error","param":null,"code":"engine_dead"}}""";
        await using var scene = await StartAsync("none", "plain", "plain");
        scene.First.Fake.RespondWith(Reply.Stream([.. Answer.Events.Take(1 + Said), Died]));
        scene.Second.Fake.RespondWith(RejectsPrefill);
        scene.Third.Fake.RespondWith(RejectsPrefill);

        var answer = await scene.AskAsync(stream: true);

        Assert.Equal("engine_dead", (string?)answer.AssertBrokenStream()["code"]);
        Assert.Equal([.. Answer.Events.Take(1 + Said), Died], answer.Events);
    }

    [Fact]
    public async Task Trap20_429InTheMiddleAndEveryContinuationIs429_TheCallsAreBounded()
    {
        const string Limited = """{"error":{"message":"Slow down.","type":"rate_limit_error","param":null,"code":"rate_limit_exceeded"}}""";
        await using var scene = await StartAsync("plain", "plain", "plain");
        scene.First.Fake.RespondWith(request => Replies.PrefillOf(request) is null ? Reply.Stream([.. Answer.Events.Take(1 + Said), Limited]) : Reply.RateLimited());
        scene.Second.Fake.RespondWith(Reply.RateLimited());
        scene.Third.Fake.RespondWith(Reply.RateLimited());

        var answer = await scene.AskAsync(stream: true);

        Assert.Equal("rate_limit_exceeded", (string?)answer.AssertBrokenStream()["code"]);
        Assert.Equal(Limited, answer.Events[^1]);
        Assert.InRange(scene.Calls, 2, 4);
    }

    [Fact]
    public async Task Trap19_ErrorInTheMiddleOfAnAnswer_TriggersTheFallback()
    {
        const string Died = """{"error":{"message":"Gone.","type":"server_error","param":null,"code":null}}""";
        await using var scene = await StartAsync("none", "plain", "none");
        scene.First.Fake.RespondWith(Reply.Stream([.. Answer.Events.Take(1 + Said), Died]));
        scene.Second.Fake.RespondWith(Continuing.Replying(Answer));

        var answer = await scene.AskAsync(stream: true);

        Assert.Equal(Answer.Stream, answer.AssertWholeStream().TextWithoutSpending);
    }

    [Fact]
    public async Task Recovery_IsFail_NobodyGoesOn()
    {
        await using var scene = await FailoverScene.StartAsync("defaults: { recovery: fail }", change: (_, model) => model with { Prefill = "plain" });
        scene.First.Fake.RespondWith(Broken());

        (await scene.AskAsync(stream: true)).AssertBrokenStream();

        Assert.Equal(1, scene.Calls);
    }

    private static Reply Broken() => Reply.Stream(Answer.Events, new StreamOptions { StopAfter = 1 + Said });

    private static async Task<FailoverScene> StartAsync(params string[] prefills)
    {
        var scene = await FailoverScene.StartAsync(Limits, prefills.Length, (i, model) => model with { Prefill = prefills[i] });
        scene.First.Fake.RespondWith(Broken());
        return scene;
    }
}
