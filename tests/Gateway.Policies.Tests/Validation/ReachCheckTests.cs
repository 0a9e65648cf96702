namespace Gateway.Policies.Tests.Validation;

/// <summary>Candidates that no request reaches, and wishes that the candidates cannot fulfil.</summary>
public sealed class ReachCheckTests
{
    private const string FiveCandidates = "routes:\n  five: { candidates: [ p/small, p/medium, p/large, q/large, q/huge ] }";
    private const string OneCandidate = "routes: { one: { candidates: [ p/small ] } }";

    [Fact]
    public void Load_MoreCandidatesThanAttempts_WarnsAtTheFirstOneBeyond()
    {
        using var folder = StaticPolicies.Folder(FiveCandidates);

        var warning = folder.LoadSingleWarning();

        Assert.Equal("routes.yaml:2:62 routes.five.candidates[4]", StaticPolicies.PlaceOf(warning));
        Assert.Equal("It is reached only while circuits of the candidates before it are open: maxAttempts is 4.", warning.Message);
        Assert.Equal("Raise maxAttempts for the route in failover.yaml, or list at most 4 candidates", warning.Fix);
    }

    [Fact]
    public void Load_FewAttemptsByRoute_WarnsAtTheFirstOneBeyond()
    {
        using var folder = StaticPolicies.Folder(FiveCandidates, "routes: { five: { maxAttempts: 2 } }");

        Assert.Equal("routes.five.candidates[2]", folder.LoadSingleWarning().Key);
    }

    [Theory]
    [InlineData(FiveCandidates, "defaults: { maxAttempts: 5 }")]
    [InlineData("routes: { five: { strategy: scored, candidates: [ p/small, p/medium, p/large, q/large, q/huge ] } }", "defaults: { maxAttempts: 2 }")]
    public void Load_EnoughAttemptsOrAnotherStrategy_HasNoFindings(string routes, string failover)
    {
        using var folder = StaticPolicies.Folder(routes, failover);

        folder.AssertNoFindings();
    }

    [Fact]
    public void Load_CandidateWhoseFailuresAreAllReturned_WarnsAtTheNextOne()
    {
        using var folder = StaticPolicies.Folder(
            "routes: { two: { candidates: [ q/large, p/small, p/large ] } }",
            $"providers: {{ p: {{ on: {{ {string.Join(", ", FailureKindNames.All.Select(kind => $"{kind.Name}: return"))} }} }} }}");

        var warning = folder.LoadSingleWarning();

        Assert.Equal("routes.two.candidates[2]", warning.Key);
        Assert.Equal("It is reached only while the circuit of 'p/small' is open: every failure of that one is returned to the client.", warning.Message);
    }

    [Theory]
    [InlineData("routes: { one: { hedge: {} } }", "routes.one.hedge", "The route has one candidate, so that no second attempt can start.")]
    [InlineData("routes: { one: { on: { timeout: fail_over } } }", "routes.one.on.timeout", "The route has one candidate and no fallbacks for this failure")]
    [InlineData("routes: { one: { recovery: continue } }", "routes.one.recovery", "None of the route's models can continue an answer")]
    [InlineData("providers: { p: { breaker: { openSeconds: 601 } } }", "providers.p.breaker.openSeconds", "A model that is well again stays unused")]
    [InlineData("defaults: { totalSeconds: 300, limits: { answerSeconds: 301 } }", "defaults.limits.answerSeconds", "The request ends before: its totalSeconds is 300 s.")]
    [InlineData("routes: { one: { totalSeconds: 20, limits: { betweenTokensSeconds: 25 } } }", "routes.one.limits.betweenTokensSeconds", "The request ends before")]
    [InlineData("defaults: { hedge: { minDelaySeconds: 10 } }", "defaults.hedge.minDelaySeconds", "A second attempt would start after 10 s; firstTokenSeconds")]
    [InlineData("defaults: { hedge: {}, limits: { firstTokenSeconds: 0.5 } }", "defaults.hedge", "A second attempt would start after 0.5 s")]
    public void Load_WishThatCannotBeFulfilled_WarnsAtIt(string failover, string key, string message)
    {
        using var folder = StaticPolicies.Folder(OneCandidate, failover);

        var warning = folder.LoadSingleWarning();

        Assert.Equal(key, warning.Key);
        Assert.Contains(message, warning.Message, StringComparison.Ordinal);
        Assert.NotEmpty(warning.Fix);
    }

    [Theory]
    [InlineData("defaults: { hedge: {}, recovery: continue, on: { timeout: fail_over } }")]
    [InlineData("routes: { one: { hedge: off, recovery: fail, on: { timeout: return } } }")]
    [InlineData("routes: { one: { on: { timeout: fail_over }, fallbacks: { timeout: [ p/large ] } } }")]
    [InlineData("defaults: { fallbacks: { timeout: [ p/large ] } }\nroutes: { one: { on: { timeout: fail_over } } }")]
    [InlineData("routes: { one: { recovery: continue, fallbacks: { stalled: [ p/medium ] } } }")]
    [InlineData("routes: { one: { totalSeconds: 60 } }")]
    public void Load_WishOfTheDefaultsOrOneThatCanBeFulfilled_HasNoFindings(string failover)
    {
        using var folder = StaticPolicies.Folder(OneCandidate, failover);

        folder.AssertNoFindings();
    }
}
