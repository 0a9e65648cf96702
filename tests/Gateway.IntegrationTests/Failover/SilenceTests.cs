using System.Net;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Failover;

/// <summary>S06, S07 and S09: a provider that says nothing, says it late, or stops saying anything. The catalogue's times are scaled down by the policy.</summary>
public sealed class SilenceTests
{
    // The silent one's: whoever answers may be as slow as the machine is.
    private const string Limits = $"providers: {{ first: {Short} }}";
    private const string Short = "{ limits: { firstTokenSeconds: 0.5, answerSeconds: 0.5, betweenTokensSeconds: 0.5 } }";

    private static readonly TimeSpan Late = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S06_NeverAnswers_FailsOverAndTheSilentOneIsNotAskedAgain(bool stream)
    {
        await using var scene = await FailoverScene.StartAsync(Limits);
        scene.First.Fake.RespondWith(Reply.Hang());

        var answer = await scene.AskAsync(stream);

        scene.AssertSecondAnswered(answer, stream, attempts: 2, wasFirstPaid: true);
        Assert.Equal(1, scene.First.Calls);
        await scene.First.Fake.Requests.Single().ClientAborted.WaitAsync(Wait.DefaultTimeout, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S06_NobodyEverAnswers_IsATimeoutAfterOneCallEach(bool stream)
    {
        await using var scene = await FailoverScene.StartAsync($"defaults: {Short}");
        scene.First.Fake.RespondWith(Reply.Hang());
        scene.Second.Fake.RespondWith(Reply.Hang());

        var answer = await scene.AskAsync(stream);

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.Status);
        Assert.Equal("provider_timeout", answer.ErrorCode);
        Assert.Equal(2, scene.Calls);
    }

    /// <summary>No file, no scaling: the catalogue's own times.</summary>
    [Fact]
    public async Task S07_FirstTokenAfter20sWithoutAPolicy_AnswerComesWithin15s()
    {
        await using var scene = await FailoverScene.StartAsync();
        scene.First.Fake.RespondWith(request => FailoverScene.FirstAnswer.For(request, new StreamOptions { FirstEventDelay = Late }));

        var answer = await scene.AskAsync(stream: true).WaitAsync(TimeSpan.FromSeconds(15), TestContext.Current.CancellationToken);

        scene.AssertSecondAnswered(answer, stream: true, attempts: 2, wasFirstPaid: true);
    }

    [Fact]
    public async Task S07_HeadersAndRoleAtOnceFirstTokenAfter20s_FailsOverWithoutATrace()
    {
        await using var scene = await FailoverScene.StartAsync(Limits);
        scene.First.Fake.RespondWith(Reply.Stream(FailoverScene.FirstAnswer.Events, new StreamOptions { EventDelay = Late }));

        scene.AssertSecondAnswered(await scene.AskAsync(stream: true), stream: true, attempts: 2, wasFirstPaid: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S07_HeadersAfter20s_FailsOver(bool stream)
    {
        await using var scene = await FailoverScene.StartAsync(Limits);
        scene.First.Fake.RespondWith(request => Reply.SlowHeaders(Late, FailoverScene.FirstAnswer.For(request)));

        scene.AssertSecondAnswered(await scene.AskAsync(stream), stream, attempts: 2, wasFirstPaid: true);
    }

    [Fact]
    public async Task S07_FirstTokenLateAndNobodyElse_IsWaitedForRatherThanRefused()
    {
        await using var scene = await FailoverScene.StartAsync("defaults: { limits: { betweenTokensSeconds: 0.5 } }", models: 1);
        scene.First.Fake.RespondWith(request => FailoverScene.FirstAnswer.For(request, new StreamOptions { FirstEventDelay = TimeSpan.FromSeconds(1.5) }));

        scene.AssertFirstAnswered(await scene.AskAsync(stream: true), stream: true, attempts: 1);
    }

    [Fact]
    public async Task S09_SilentFor30sAfterSomeTokens_IsContinuedByAnother()
    {
        await using var scene = await FailoverScene.StartAsync(Limits, change: (_, model) => model with { Prefill = "plain" });
        scene.First.Fake.RespondWith(Reply.Stream(FailoverScene.FirstAnswer.Events, new StreamOptions { StopAfter = 4, End = StreamEnd.Silence }));
        scene.Second.Fake.RespondWith(Continuing.Replying(FailoverScene.FirstAnswer));

        var answer = (await scene.AskAsync(stream: true)).AssertWholeStream();

        Assert.Equal(FailoverScene.FirstAnswer.Text, Continuing.TextOf(answer));
        await scene.First.Fake.Requests.Single().ClientAborted.WaitAsync(Wait.DefaultTimeout, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task S09_SilentFor30sAndNobodyCanContinue_IsAnErrorInTheStreamAndTheGatewayStaysWell()
    {
        await using var scene = await FailoverScene.StartAsync(Limits);
        scene.First.Fake.RespondWith(Reply.Stream(FailoverScene.FirstAnswer.Events, new StreamOptions { StopAfter = 4, End = StreamEnd.Silence }));

        var answer = await scene.AskAsync(stream: true);

        Assert.Equal("provider_timeout", (string?)answer.AssertBrokenStream()["code"]);
        Assert.StartsWith(Wire.Events(FailoverScene.FirstAnswer.Events.Take(4)), answer.Text, StringComparison.Ordinal);
        Assert.Equal(1, scene.Calls);
        await scene.AssertHealthyAsync();
    }

    [Fact]
    public async Task S09_WholeAnswerGoesSilentInItsMiddle_FailsOver()
    {
        var half = FailoverScene.FirstAnswer.Body[..40];
        await using var silent = RawTcpUpstream.Start(
            RawStep.ReadRequest(), RawStep.Send($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{half}"), RawStep.Hang());
        await using var second = await FakeProvider.StartAsync();
        second.RespondWith(request => FailoverScene.SecondAnswer.For(request));
        await using var gateway = await ProviderGateway.StartAsync(
            new ProviderEntry("first", silent.BaseUrl) { LimitSeconds = 0.5 }, new ProviderEntry("second", second.BaseUrl));

        var answer = await gateway.SendAsync(Ask.Whole);

        Assert.Equal(FailoverScene.SecondAnswer.Body, answer.Text);
        Assert.Single(silent.Requests);
    }
}
