namespace Gateway.Policies.Tests.Loading;

public sealed class FailoverLoadingTests
{
    [Fact]
    public void Load_NoFailoverFile_GivesTheDefaults()
    {
        using var folder = new PolicyFolder();

        var failover = folder.LoadValid().Failover;

        Assert.Equal(RouteFailover.Default, failover.ForRoute("auto"));
        Assert.Equal(AttemptRules.Default.Retry, failover.ForAttempt("auto", "local").Retry);
        Assert.Equal(AttemptRules.Default.Actions, failover.ForAttempt("auto", "local").Actions);
        Assert.Equal(BreakerPolicy.Default, failover.ForBreaker("local"));
        Assert.Equal(RetryBudgetPolicy.Default, failover.RetryBudget);
        Assert.Null(failover.BrownOut);
        Assert.Equal(0, failover.SectionCount);
    }

    [Theory]
    [InlineData("defaults:\nproviders:\nroutes:\nretryBudget:\nbrownOut:\n")]
    [InlineData("{}")]
    public void Load_FileThatSaysNothing_GivesTheDefaults(string text)
    {
        using var folder = new PolicyFolder(failover: text);

        Assert.Equal(RouteFailover.Default, folder.LoadValid().Failover.Requests);
    }

    [Fact]
    public void Load_DefaultsOfTheFile_HoldForEveryOtherName()
    {
        using var folder = FullPolicies.Folder();

        var failover = folder.LoadValid().Failover;

        var requests = failover.ForRoute("best");
        Assert.Same(requests, failover.ForRoute("openai/gpt-5-mini"));
        Assert.Equal((TimeSpan.FromSeconds(200), 6), (requests.TotalLimit, requests.MaxAttempts));
        Assert.Equal(new HedgePolicy { Quantile = 0.9, MinDelay = TimeSpan.FromSeconds(0.2), MaxShare = 0.05 }, requests.Hedge);
        Assert.Equal(RecoveryMode.Fail, requests.Recovery);
        Assert.Equal(["openai/gpt-5-mini"], requests.Fallbacks[FailureKind.ContextLength].Select(card => card.QualifiedName));
        var rules = failover.ForAttempt("best", "local");
        Assert.Equal(
            (TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(12)),
            (rules.FirstTokenLimitOf(isLast: true), rules.AnswerLimitOf(isLast: true), rules.BetweenTokensLimit));
        Assert.Equal(
            new RetryPolicy { Times = 2, Backoff = TimeSpan.FromSeconds(0.1), MaxBackoff = TimeSpan.FromSeconds(2), MaxRetryAfter = TimeSpan.Zero },
            rules.Retry);
        Assert.Equal(FailureAction.FailOver, rules.ActionFor(FailureKind.RateLimited));
        Assert.Equal(FailureAction.FailOver, rules.ActionFor(FailureKind.BadRequest));
        Assert.Equal(FailureAction.Retry, rules.ActionFor(FailureKind.Overloaded));
        Assert.Equal(
            new BreakerPolicy { FailureRatio = 0.4, MinimumCalls = 10, Window = TimeSpan.FromSeconds(20), OpenFor = TimeSpan.FromSeconds(5) },
            failover.ForBreaker("local"));
        Assert.Equal(new RetryBudgetPolicy { Share = 0.1, PerSecond = 5 }, failover.RetryBudget);
        Assert.Equal(new BrownOutPolicy { StartInFlight = 100, FullInFlight = 150, QualityRelief = 0.1, CostFactor = 2.5 }, failover.BrownOut);
        Assert.Equal(4, failover.SectionCount);
    }

    [Fact]
    public void Load_SectionsOfProviderAndRoute_OverrideKeyByKey()
    {
        using var folder = FullPolicies.Folder();

        var failover = folder.LoadValid().Failover;

        var rules = failover.ForAttempt("auto", "openai");
        Assert.Equal(
            (TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(12)),
            (rules.FirstTokenLimitOf(isLast: true), rules.AnswerLimitOf(isLast: true), rules.BetweenTokensLimit));
        Assert.Equal((3, TimeSpan.FromSeconds(0.1)), (rules.Retry.Times, rules.Retry.Backoff));
        Assert.Equal(FailureAction.Return, rules.ActionFor(FailureKind.RateLimited));
        Assert.Equal(FailureAction.FailOver, rules.ActionFor(FailureKind.Overloaded));
        Assert.Equal(0, failover.ForAttempt("best", "openai").Retry.Times);
        Assert.Equal(TimeSpan.FromSeconds(3), failover.ForAttempt("auto", "vllm-1").BetweenTokensLimit);
        Assert.Equal(
            new BreakerPolicy { FailureRatio = 0.4, MinimumCalls = 10, Window = TimeSpan.FromSeconds(20), OpenFor = TimeSpan.FromSeconds(60) },
            failover.ForBreaker("openai"));
        Assert.Same(failover.Breaker, failover.ForBreaker("vllm-1"));
        var auto = failover.ForRoute("auto");
        Assert.Equal((TimeSpan.FromMinutes(1), 3, RecoveryMode.Continue), (auto.TotalLimit, auto.MaxAttempts, auto.Recovery));
        Assert.Equal(new HedgePolicy { Quantile = 0.9, MinDelay = TimeSpan.FromSeconds(0.2), MaxShare = 0.5 }, auto.Hedge);
        Assert.Null(failover.ForRoute("cheap").Hedge);
    }

    [Fact]
    public void Load_RouteAmongFallbacks_StandsForItsCandidatesAndItsOwnFallbacks()
    {
        using var folder = FullPolicies.Folder();

        var fallbacks = folder.LoadValid().Failover.ForRoute("auto").Fallbacks;

        Assert.Equal(
            ["local/gateway-demo", "vllm-1/gpt-5-mini", "openai/gpt-5-mini"],
            fallbacks[FailureKind.Overloaded].Select(card => card.QualifiedName));
        Assert.Equal(["openai/gpt-5-mini"], fallbacks[FailureKind.ContextLength].Select(card => card.QualifiedName));
    }

    [Fact]
    public void Load_DefaultsNameARoute_ThatRouteItselfIsNoCircle()
    {
        using var folder = new PolicyFolder(failover: "defaults: { fallbacks: { overloaded: [ auto ] } }\nroutes: { auto: { maxAttempts: 2 } }");

        Assert.Equal(["local/demo"], folder.LoadValid().Failover.ForRoute("auto").Fallbacks[FailureKind.Overloaded].Select(card => card.QualifiedName));
    }

    [Fact]
    public void Load_EditOfFailover_ChangesTheContentHash()
    {
        using var folder = new PolicyFolder();
        var before = folder.LoadValid().ContentHash;
        folder.Write("failover.yaml", "defaults: { maxAttempts: 5 }");

        var after = folder.LoadValid();

        Assert.NotEqual(before, after.ContentHash);
        Assert.Equal(["providers.yaml", "routes.yaml", "failover.yaml"], folder.Load().Files);
    }

    [Fact]
    public void Load_UnreadableRoutes_StillReportsTheErrorsOfFailover()
    {
        using var folder = new PolicyFolder(
            routes: "routes: [",
            failover: "routes: { any: { maxAttempts: 0, fallbacks: { timeout: [ other, local/demi ] } } }");

        Assert.Equal(
            ["routes.yaml ", "failover.yaml routes.any.maxAttempts", "failover.yaml routes.any.fallbacks.timeout[1]"],
            folder.Load().Errors.Select(error => $"{Path.GetFileName(error.File)} {error.Key}"));
    }

    [Fact]
    public void Load_FindingsOfSeveralFiles_StandInTheOrderOfTheFiles()
    {
        using var folder = new PolicyFolder(
            """
            providers:
              local: { dialect: local, models: { a: { contextWindow: 1 }, b: { contextWindow: 1, prices: { input: 0, output: 0 } } } }
            """,
            "routes: { auto: { candidates: [ local/a, local/b ] } }",
            failover: "routes: { auto: { maxAttempts: 1, totalSeconds: 300, limits: { answerSeconds: 400 } } }");

        Assert.Equal(["providers.yaml", "routes.yaml", "failover.yaml"], folder.Load().Warnings.Select(warning => Path.GetFileName(warning.File)));
    }
}
