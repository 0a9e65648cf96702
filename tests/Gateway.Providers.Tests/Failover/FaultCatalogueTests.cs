using Gateway.Policies;
using Gateway.Providers.Failover;
using Xunit;

namespace Gateway.Providers.Tests.Failover;

/// <summary>Each kind of fault once, and what becomes of the request.</summary>
public sealed class FaultCatalogueTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ask_NoFault_IsAnsweredByTheFirst(bool stream)
    {
        var answer = await new Scene().AskOnceAsync(stream);

        answer.AssertWhole().AssertAttempts("alpha First Answered");
        Assert.Equal(0.5 + (59 * 0.02), answer.Took.TotalSeconds, 6);
        Assert.Equal(60, answer.Result.Attempts[0].Usage?.Output);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ask_ServerErrorOnce_IsRetriedOnTheSameProvider(bool stream) =>
        (await new Scene().With("alpha", Status(500, times: 1)).AskOnceAsync(stream))
            .AssertWhole().AssertAttempts("alpha First ServerError", "alpha Retry Answered");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ask_ServerErrorAlways_FailsOver(bool stream) =>
        (await new Scene().With("alpha", Status(503)).AskOnceAsync(stream))
            .AssertWhole().AssertAttempts("alpha First Overloaded", "alpha Retry Overloaded", "beta Failover Answered");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ask_ResetBeforeTheHead_IsRetried(bool stream) =>
        (await new Scene().With("alpha", new Fault { Kind = FaultKind.Reset, Times = 1 }).AskOnceAsync(stream))
            .AssertWhole().AssertAttempts("alpha First Unreachable", "alpha Retry Answered");

    [Theory]
    [InlineData(true, 10)]
    [InlineData(false, 120)]
    public async Task Ask_Hang_TimesOutAndFailsOver(bool stream, double limit)
    {
        var answer = await new Scene().With("alpha", new Fault { Kind = FaultKind.Hang }).AskOnceAsync(stream);

        answer.AssertWhole().AssertAttempts("alpha First Timeout", "beta Failover Answered");
        Assert.Equal(limit + 0.5 + (59 * 0.02), answer.Took.TotalSeconds, 6);
    }

    [Fact]
    public async Task Ask_SlowFirstToken_FailsOverAtTheLimit()
    {
        var answer = await new Scene().With("alpha", new Fault { Kind = FaultKind.SlowFirstToken, Duration = TimeSpan.FromSeconds(20) }).AskOnceAsync();

        answer.AssertWhole().AssertAttempts("alpha First Timeout", "beta Failover Answered");
        Assert.Equal(10.5, answer.FirstText!.Value.TotalSeconds, 6);
    }

    [Fact]
    public async Task Ask_SlowTokensWithinTheLimit_AreDelivered()
    {
        var answer = await new Scene().With("alpha", new Fault { Kind = FaultKind.SlowTokens, Duration = TimeSpan.FromSeconds(2) }).AskOnceAsync();

        answer.AssertWhole().AssertAttempts("alpha First Answered");
        Assert.InRange(answer.Took.TotalSeconds, 120, 125);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(60)]
    public async Task Ask_StreamCut_IsContinuedExactly(int tokens)
    {
        var answer = await new Scene().With("alpha", new Fault { Kind = FaultKind.CutAfter, Tokens = tokens, Times = 1 }).AskOnceAsync();

        answer.AssertWhole().AssertAttempts("alpha First Truncated", tokens == 0 ? "beta Failover Answered" : "beta Continuation Answered");
    }

    [Fact]
    public async Task Ask_AnswerInOnePieceCut_FailsOver() =>
        (await new Scene().With("alpha", new Fault { Kind = FaultKind.CutAfter, Tokens = 40 }).AskOnceAsync(stream: false))
            .AssertWhole().AssertAttempts("alpha First Truncated", "beta Failover Answered");

    [Fact]
    public async Task Ask_StallForEver_IsNoticedAndContinued()
    {
        var answer = await new Scene().With("alpha", new Fault { Kind = FaultKind.StallAfter, Tokens = 20 }).AskOnceAsync();

        answer.AssertWhole().AssertAttempts("alpha First Stalled", "beta Continuation Answered");
        Assert.InRange(answer.Took.TotalSeconds, 15, 18);
    }

    [Fact]
    public async Task Ask_StallWithinTheLimit_IsSatOut() =>
        (await new Scene().With("alpha", new Fault { Kind = FaultKind.StallAfter, Tokens = 20, Duration = TimeSpan.FromSeconds(10) }).AskOnceAsync())
            .AssertWhole().AssertAttempts("alpha First Answered");

    [Fact]
    public async Task Ask_MalformedEvent_IsContinued() =>
        (await new Scene().With("alpha", new Fault { Kind = FaultKind.MalformedEvent, Tokens = 30, Times = 1 }).AskOnceAsync())
            .AssertWhole().AssertAttempts("alpha First InvalidResponse", "beta Continuation Answered");

    [Fact]
    public async Task Ask_NoEndMark_IsWholeWithinFiveSeconds()
    {
        var answer = await new Scene().With("alpha", new Fault { Kind = FaultKind.NoDone }).AskOnceAsync();

        answer.AssertWhole().AssertAttempts("alpha First Answered");
        Assert.InRange(answer.Took.TotalSeconds, 1, 7);
        Assert.Equal(60, answer.Result.Attempts[0].Usage?.Output);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ask_ContextLength_GoesToALargerWindowOnly(bool stream) =>
        (await new Scene(null, Scene.Model("alpha"), Scene.Model("beta"), Scene.Model("gamma", window: 100_000))
                .With("alpha", new Fault { Kind = FaultKind.ContextLength }).AskOnceAsync(stream))
            .AssertWhole().AssertAttempts("alpha First ContextLength", "gamma Failover Answered");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ask_ContentFilter_IsOneAttemptAndItsReasonPassesOn(bool stream)
    {
        var answer = await new Scene().With("alpha", new Fault { Kind = FaultKind.ContentFilter }).AskOnceAsync(stream);

        answer.AssertFailed(FailureKind.ContentFilter).AssertAttempts("alpha First ContentFilter");
        Assert.Equal(400, answer.Result.Failure!.Answer!.Head.Status);
    }

    [Fact]
    public async Task Ask_CutAndPrefillRejected_IsContinuedByTheNext() =>
        (await new Scene(null, Scene.Model("alpha"), Scene.Model("beta"), Scene.Model("gamma"))
                .With("alpha", new Fault { Kind = FaultKind.CutAfter, Tokens = 40 })
                .With("beta", new Fault { Kind = FaultKind.RejectPrefill }).AskOnceAsync())
            .AssertWhole().AssertAttempts("alpha First Truncated", "beta Continuation PrefillRejected", "gamma Continuation Answered");

    [Fact]
    public async Task Ask_CutAndNobodyCanContinue_IsAnErrorNotATruncatedSuccess() =>
        (await new Scene(null, Scene.Model("alpha", PrefillDialect.None), Scene.Model("beta", PrefillDialect.None))
                .With("alpha", new Fault { Kind = FaultKind.CutAfter, Tokens = 40 }).AskOnceAsync())
            .AssertFailed(FailureKind.Truncated);

    [Fact]
    public async Task Ask_ClientGone_CancelsTheCall()
    {
        var scene = new Scene();
        Answer? answer = null;
        await scene.Time.RunAsync(async () =>
        {
            using var gone = new CancellationTokenSource(TimeSpan.FromSeconds(1), scene.Time);
            answer = await scene.AskAsync(clientGone: gone.Token);
        });

        Assert.True(answer!.Result.IsAbandoned);
        Assert.Equal(AttemptOutcome.Abandoned, Assert.Single(answer.Result.Attempts).Outcome);
        Assert.Equal(1, answer.Took.TotalSeconds, 6);
    }

    internal static Fault Status(int status, int? times = null, double? retryAfter = null) => new()
    {
        Kind = FaultKind.Status,
        Status = status,
        Times = times,
        RetryAfter = retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
    };
}
