namespace Gateway.Policies.Tests.Validation;

public sealed class FailoverErrorTests
{
    [Theory]
    [InlineData("default: {}", "default", "The key 'default' is not known here.", "Did you mean 'defaults'?")]
    [InlineData("defaults: 1", "defaults", "Here stands a single value, where a mapping belongs.", "'name: value'")]
    [InlineData("defaults: { totalSecond: 1 }", "defaults.totalSecond", "The key 'totalSecond' is not known here.", "Did you mean 'totalSeconds'?")]
    [InlineData("defaults: { totalSeconds: 0 }", "defaults.totalSeconds", "'0' is out of range.", "seconds from 0.001 to 3600")]
    [InlineData("defaults: { maxAttempts: 21 }", "defaults.maxAttempts", "'21' is out of range.", "from 1 to 20")]
    [InlineData("defaults: { limits: { firstTokenSeconds: ten } }", "defaults.limits.firstTokenSeconds", "'ten' is no number.", "seconds from 0.001 to 3600")]
    [InlineData("defaults: { limits: { answerSeconds: 3601 } }", "defaults.limits.answerSeconds", "'3601' is out of range.", "seconds from 0.001 to 3600")]
    [InlineData("defaults: { limits: { idleSeconds: 1 } }", "defaults.limits.idleSeconds", "is not known here.", "betweenTokensSeconds")]
    [InlineData("defaults: { retry: { times: 6 } }", "defaults.retry.times", "'6' is out of range.", "from 0 to 5")]
    [InlineData("defaults: { retry: { times: 1.5 } }", "defaults.retry.times", "'1.5' is no whole number.", "from 0 to 5")]
    [InlineData("defaults: { retry: { maxRetryAfterSeconds: -1 } }", "defaults.retry.maxRetryAfterSeconds", "'-1' is out of range.", "from 0 to 3600")]
    [InlineData("defaults: { retry: [] }", "defaults.retry", "Here stands a list, where a mapping belongs.", "'name: value'")]
    [InlineData("defaults: { on: { rate_limit: retry } }", "defaults.on.rate_limit", "The key 'rate_limit' is not known here.", "Did you mean 'rate_limited'?")]
    [InlineData("defaults: { on: { timeout: fail-over } }", "defaults.on.timeout", "'fail-over' is not known.", "Did you mean 'fail_over'? Choose from retry, fail_over, return")]
    [InlineData("defaults: { breaker: { failureRatio: 0 } }", "defaults.breaker.failureRatio", "'0' is out of range.", "above 0, up to 1")]
    [InlineData("defaults: { breaker: { minimumCalls: 1 } }", "defaults.breaker.minimumCalls", "'1' is out of range.", "from 2 to 1000")]
    [InlineData("defaults: { breaker: { windowSeconds: 0.4 } }", "defaults.breaker.windowSeconds", "'0.4' is out of range.", "from 0.5 to 3600")]
    [InlineData("defaults: { breaker: { openSeconds: 0.1 } }", "defaults.breaker.openSeconds", "'0.1' is out of range.", "from 0.5 to 3600")]
    [InlineData("defaults: { hedge: on }", "defaults.hedge", "This is neither 'off' nor a mapping.", "Write off, or { quantile")]
    [InlineData("defaults: { hedge: }", "defaults.hedge", "This is neither 'off' nor a mapping.", "Write off, or { quantile")]
    [InlineData("defaults: { hedge: [] }", "defaults.hedge", "Here stands a list, where a mapping belongs.", "'name: value'")]
    [InlineData("defaults: { hedge: { quantile: 0.4 } }", "defaults.hedge.quantile", "'0.4' is out of range.", "from 0.5 to 0.999")]
    [InlineData("defaults: { hedge: { maxShare: 1.1 } }", "defaults.hedge.maxShare", "'1.1' is out of range.", "above 0, up to 1")]
    [InlineData("defaults: { recovery: resume }", "defaults.recovery", "'resume' is not known.", "Choose from continue, fail")]
    [InlineData("defaults: { fallbacks: { timeout: local/b } }", "defaults.fallbacks.timeout", "where a list belongs", "Write [ one, two ]")]
    [InlineData("defaults: { fallbacks: { timeout: [] } }", "defaults.fallbacks.timeout", "The list is empty", "write 'return' for this failure under 'on'")]
    [InlineData("defaults: { fallbacks: { late: [ local/b ] } }", "defaults.fallbacks.late", "The key 'late' is not known here.", "Known keys are rate_limited, ")]
    [InlineData("defaults: { fallbacks: { timeout: [ local/c ] } }", "defaults.fallbacks.timeout[0]", "'local/c' is no model of providers.yaml.", "Did you mean 'local/a'?")]
    [InlineData("defaults: { fallbacks: { timeout: [ b ] } }", "defaults.fallbacks.timeout[0]", "'b' is no route of routes.yaml", "Did you mean 'local/b'?")]
    [InlineData("defaults: { fallbacks: { timeout: [ aut ] } }", "defaults.fallbacks.timeout[0]", "'aut' is no route of routes.yaml", "Did you mean 'auto'?")]
    [InlineData("defaults: { fallbacks: { timeout: [ elsewhere ] } }", "defaults.fallbacks.timeout[0]", "'elsewhere' is no route", "Write provider/model, or the name of a route")]
    [InlineData("defaults: { fallbacks: { timeout: [ local/b, local/b ] } }", "defaults.fallbacks.timeout[1]", "is listed a second time.", "Remove it")]
    [InlineData("providers: { locla: {} }", "providers.locla", "'locla' is no provider of providers.yaml.", "Did you mean 'local'?")]
    [InlineData("providers: { elsewhere: {} }", "providers.elsewhere", "'elsewhere' is no provider of providers.yaml.", "Choose from local")]
    [InlineData("providers: { local: { totalSeconds: 1 } }", "providers.local.totalSeconds", "is not known here.", "Known keys are limits, retry, on, breaker")]
    [InlineData("routes: { autos: {} }", "routes.autos", "'autos' is no route of routes.yaml.", "Did you mean 'auto'?")]
    [InlineData("routes: { auto: { breaker: {} } }", "routes.auto.breaker", "is not known here.", "Known keys are totalSeconds, maxAttempts")]
    [InlineData("retryBudget: { share: 1.5 }", "retryBudget.share", "'1.5' is out of range.", "from 0 to 1")]
    [InlineData("retryBudget: { perSecond: 1001 }", "retryBudget.perSecond", "'1001' is out of range.", "from 0 to 1000")]
    [InlineData("retryBudget: { perMinute: 1 }", "retryBudget.perMinute", "is not known here.", "share, perSecond")]
    [InlineData("brownOut: { startInFlight: 1 }", "brownOut.fullInFlight", "The setting is missing.", "requests under way")]
    [InlineData("brownOut: { startInFlight: 0, fullInFlight: 2 }", "brownOut.startInFlight", "'0' is out of range.", "from 1 to 1000000")]
    [InlineData("brownOut: { startInFlight: 5, fullInFlight: 5 }", "brownOut.fullInFlight", "5 is not above startInFlight: 5.", "Write more than 5")]
    [InlineData("brownOut: { startInFlight: 1, fullInFlight: 2, startBudgetUsed: 0.8 }", "brownOut.fullBudgetUsed", "The setting is missing.", "share of the budget")]
    [InlineData("brownOut: { startInFlight: 1, fullInFlight: 2, startBudgetUsed: 0.8, fullBudgetUsed: 0.8 }", "brownOut.fullBudgetUsed", "0.8 is not above startBudgetUsed: 0.8.", "Write more than 0.8")]
    [InlineData("brownOut: { startInFlight: 1, fullInFlight: 2, startBudgetUsed: 0, fullBudgetUsed: 1 }", "brownOut.startBudgetUsed", "'0' is out of range.", "above 0, up to 1")]
    [InlineData("brownOut: { startInFlight: 1, fullInFlight: 2, qualityRelief: 2 }", "brownOut.qualityRelief", "'2' is out of range.", "from 0 to 1")]
    [InlineData("brownOut: { startInFlight: 1, fullInFlight: 2, costFactor: 0.5 }", "brownOut.costFactor", "'0.5' is out of range.", "from 1 to 100")]
    [InlineData("defaults: { totalSeconds: 5 }", "defaults.totalSeconds", "totalSeconds is 5 s, less than firstTokenSeconds at provider 'local': 10 s.", "Raise totalSeconds")]
    [InlineData("routes: { auto: { totalSeconds: 9.5 } }", "routes.auto.totalSeconds", "totalSeconds is 9.5 s, less than firstTokenSeconds at provider 'local' on route 'auto': 10 s.", "Raise totalSeconds")]
    [InlineData("defaults: { retry: { backoffSeconds: 5 } }", "defaults.retry.backoffSeconds", "maxBackoffSeconds is 4 s, less than backoffSeconds at provider 'local': 5 s.", "Raise maxBackoffSeconds")]
    public void Load_OneWrongSetting_NamesLineKeyAndFix(string settings, string key, string message, string fix)
    {
        using var folder = new PolicyFolder(
            """
            providers:
              local: { dialect: local, models: { a: { contextWindow: 10 }, b: { contextWindow: 20 } } }
            """,
            "routes: { auto: { candidates: [ local/a ] } }",
            failover: $"# Failover\n{settings}\n");

        var error = folder.LoadSingleError();

        Assert.Equal(folder.PathOf("failover.yaml"), error.File);
        Assert.Equal((2, key), (error.Line, error.Key));
        Assert.True(error.Column >= 1);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains(fix, error.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SeveralErrors_GivesAllOfThemAtOnce()
    {
        using var folder = new PolicyFolder(failover: """
            defaults:
              maxAttempts: none
              limits: { firstTokenSeconds: 0 }
            routes:
              auto:
                on: { timeout: wait }
                hedge: { maxShare: 2 }
            brownOut: {}
            """);

        Assert.Equal(
            [(2, 16), (3, 32), (6, 20), (7, 24), (8, 11), (8, 11)],
            folder.Load().Errors.Select(error => (error.Line, error.Column)));
    }

    [Fact]
    public void Load_LimitOfDefaultsTooLongForManyProviders_IsReportedOnce()
    {
        using var folder = FullPolicies.Folder();
        folder.Write("failover.yaml", "defaults: { totalSeconds: 20, limits: { firstTokenSeconds: 21 } }\nroutes: { auto: { maxAttempts: 3 } }");

        Assert.Equal("defaults.totalSeconds", folder.LoadSingleError().Key);
    }
}
