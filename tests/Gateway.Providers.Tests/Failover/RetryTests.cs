using Gateway.Policies;
using Xunit;

namespace Gateway.Providers.Tests.Failover;

public sealed class RetryTests
{
    [Fact]
    public async Task Retry_Backoff_DoublesWithinItsBounds()
    {
        var policy = FailoverPolicy.Default with
        {
            Requests = RouteFailover.Default with { MaxAttempts = 6 },
            Attempts = AttemptRules.Default with
            {
                Retry = new RetryPolicy { Times = 4, Backoff = TimeSpan.FromSeconds(0.5), MaxBackoff = TimeSpan.FromSeconds(3) },
            },
        };
        var answer = await new Scene(policy, Scene.Model("alpha")).With("alpha", FaultCatalogueTests.Status(500)).AskOnceAsync();

        var starts = answer.AssertFailed(FailureKind.ServerError).Result.Attempts.Select(attempt => attempt.StartedAfter.TotalSeconds).ToList();
        Assert.Equal(5, starts.Count);
        double[] full = [0.5, 1, 2, 3];
        for (var retry = 0; retry < full.Length; retry++)
        {
            Assert.InRange(starts[retry + 1] - starts[retry], full[retry] / 2, full[retry]);
        }
    }

    [Fact]
    public async Task Retry_CallsLeftAreNeededForOthers_GivesWayToThem()
    {
        var scene = new Scene(null, Scene.Model("alpha"), Scene.Model("beta"), Scene.Model("gamma"))
            .With("alpha", FaultCatalogueTests.Status(503))
            .With("beta", FaultCatalogueTests.Status(503));

        var answer = await scene.AskOnceAsync();

        answer.AssertWhole().AssertAttempts("alpha First Overloaded", "alpha Retry Overloaded", "beta Failover Overloaded", "gamma Failover Answered");
    }

    [Fact]
    public async Task Retry_PauseWouldOutlastTheRequest_FailsOverAtOnce()
    {
        var policy = FailoverPolicy.Default with
        {
            Requests = RouteFailover.Default with { TotalLimit = TimeSpan.FromSeconds(5) },
            Attempts = AttemptRules.Default with { Retry = new RetryPolicy { Backoff = TimeSpan.FromSeconds(20), MaxBackoff = TimeSpan.FromSeconds(20) } },
        };

        var answer = await new Scene(policy, Scene.Model("alpha"), Scene.Model("beta")).With("alpha", FaultCatalogueTests.Status(500)).AskOnceAsync();

        answer.AssertWhole().AssertAttempts("alpha First ServerError", "beta Failover Answered");
        Assert.Equal(0, answer.Result.Attempts[1].StartedAfter.TotalSeconds);
    }

    [Fact]
    public async Task RetryAfter_NobodyElse_IsWaitedFor()
    {
        var answer = await new Scene(null, Scene.Model("alpha")).With("alpha", FaultCatalogueTests.Status(429, times: 1, retryAfter: 2)).AskOnceAsync();

        answer.AssertWhole().AssertAttempts("alpha First RateLimited", "alpha Retry Answered");
        Assert.Equal(2, answer.Result.Attempts[1].StartedAfter.TotalSeconds, 6);
    }

    [Fact]
    public async Task RetryAfter_TimerComesBeforeTheClock_IsStillWaitedForInFull()
    {
        var scene = new Scene(new EarlyTimers(), null, Scene.Model("alpha")).With("alpha", FaultCatalogueTests.Status(429, times: 1, retryAfter: 2));
        var answer = await scene.AskOnceAsync();

        answer.AssertWhole().AssertAttempts("alpha First RateLimited", "alpha Retry Answered");
        Assert.InRange(answer.Result.Attempts[1].StartedAfter.TotalSeconds, 2, 2.01);
    }

    [Fact]
    public async Task RetryAfter_SomebodyElse_IsNotWaitedFor()
    {
        var scene = new Scene().With("alpha", FaultCatalogueTests.Status(429, times: 1, retryAfter: 2));
        var answer = await scene.AskOnceAsync();

        answer.AssertWhole().AssertAttempts("alpha First RateLimited", "beta Failover Answered");
        Assert.Equal(0, answer.Result.Attempts[1].StartedAfter.TotalSeconds);
    }

    [Fact]
    public async Task RetryAfter_LongerThanAllowed_IsTold()
    {
        var answer = await new Scene(null, Scene.Model("alpha")).With("alpha", FaultCatalogueTests.Status(429, retryAfter: 60)).AskOnceAsync();

        answer.AssertFailed(FailureKind.RateLimited).AssertAttempts("alpha First RateLimited");
        Assert.Equal(TimeSpan.FromSeconds(60), answer.Result.Failure!.Error.RetryAfter);
        Assert.Equal("60", answer.Result.Failure.Answer!.Head.Headers.Single(header => header.Key == "Retry-After").Value.ToString());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public async Task MaxAttempts_EverythingFails_IsNeverExceeded(int most)
    {
        var policy = FailoverPolicy.Default with { Requests = RouteFailover.Default with { MaxAttempts = most } };
        var scene = new Scene(policy, Enumerable.Range(0, 8).Select(index => Scene.Model($"p{index}")));
        foreach (var model in scene.Models)
        {
            scene.With(model.Provider, FaultCatalogueTests.Status(500));
        }

        Assert.Equal(most, (await scene.AskOnceAsync()).Result.Attempts.Length);
    }

    [Fact]
    public async Task TotalLimit_TimerComesBeforeTheClock_NobodyElseIsCalled()
    {
        // Timers go by the kernel's tick: there is time left of the request when its last attempt is ended.
        var policy = FailoverPolicy.Default with { Requests = RouteFailover.Default with { TotalLimit = TimeSpan.FromSeconds(12) } };
        var scene = new Scene(new EarlyTimers(), policy, Scene.Model("alpha"), Scene.Model("beta"), Scene.Model("gamma"))
            .With("alpha", new Fault { Kind = FaultKind.Hang })
            .With("beta", new Fault { Kind = FaultKind.Hang });

        (await scene.AskOnceAsync()).AssertFailed(FailureKind.Timeout).AssertAttempts("alpha First Timeout", "beta Failover Timeout");
        Assert.Equal(["alpha First", "beta Failover"], scene.Calls);
    }

    [Fact]
    public async Task TotalLimit_ShorterThanTheAttempts_EndsTheRequest()
    {
        var policy = FailoverPolicy.Default with { Requests = RouteFailover.Default with { TotalLimit = TimeSpan.FromSeconds(12) } };
        var scene = new Scene(policy).With("alpha", new Fault { Kind = FaultKind.Hang }).With("beta", new Fault { Kind = FaultKind.Hang });
        var answer = await scene.AskOnceAsync();

        answer.AssertFailed(FailureKind.Timeout).AssertAttempts("alpha First Timeout", "beta Failover Timeout");
        Assert.Equal(12, answer.Took.TotalSeconds, 6);
    }

    [Fact]
    public async Task RetryBudget_AStormOfFailures_BoundsSecondCalls()
    {
        const int Requests = 1000;
        var policy = FailoverPolicy.Default with
        {
            RetryBudget = new RetryBudgetPolicy { Share = 0.1, PerSecond = 2 },
            Breaker = new BreakerPolicy { MinimumCalls = 1000, FailureRatio = 1, Window = TimeSpan.FromSeconds(1) },
        };
        var scene = new Scene(policy, Scene.Model("alpha")).With("alpha", FaultCatalogueTests.Status(500));
        await scene.Time.RunAsync(() => Task.WhenAll(Enumerable.Range(0, Requests).Select(async index =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10 * index), scene.Time).ConfigureAwait(false);
            (await scene.AskAsync().ConfigureAwait(false)).AssertFailed(FailureKind.ServerError);
        })));

        var retries = scene.Calls.Count(call => call.EndsWith("Retry", StringComparison.Ordinal));
        Assert.Equal(Requests, scene.Calls.Count - retries);

        // A tenth of the requests, two a second, and the second's worth that is there at the start.
        Assert.InRange(retries, 100, 100 + (2 * 11));
    }
}
