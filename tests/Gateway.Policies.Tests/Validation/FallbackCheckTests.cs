namespace Gateway.Policies.Tests.Validation;

/// <summary>Fallbacks that can never help, and routes that lead back to themselves.</summary>
public sealed class FallbackCheckTests
{
    private const string FourRoutes = """
        routes:
          a: { candidates: [ p/small ] }
          b: { candidates: [ p/medium ] }
          c: { candidates: [ p/large ] }
          d: { candidates: [ q/huge ] }
        """;

    [Fact]
    public void Load_FallbackIsOnlyTheModelThatFailed_IsAnError()
    {
        using var folder = StaticPolicies.Folder(
            "routes: { one: { candidates: [ p/small ] } }",
            "routes:\n  one: { fallbacks: { overloaded: [ p/small ] } }");

        var error = folder.LoadSingleError();

        Assert.Equal("failover.yaml:2:35 routes.one.fallbacks.overloaded", StaticPolicies.PlaceOf(error));
        Assert.Equal("When 'p/small' fails, nothing is left: no other model takes over.", error.Message);
        Assert.Equal("Name another model, or remove the entry", error.Fix);
    }

    [Fact]
    public void Load_FallbackOfOrderedRouteIsOnlyItsFirstCandidate_IsAnError()
    {
        using var folder = StaticPolicies.Folder(
            "routes: { one: { candidates: [ p/small, p/medium ] } }",
            "routes: { one: { fallbacks: { timeout: [ p/small ] } } }");

        Assert.Contains("When 'p/small' fails, nothing is left", folder.LoadSingleError().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FallbackRouteWithTheSameOnlyCandidate_IsAnError()
    {
        using var folder = StaticPolicies.Folder(
            "routes: { one: { candidates: [ p/small ] }, two: { candidates: [ p/small ] } }",
            "routes: { one: { fallbacks: { timeout: [ two ] } } }");

        Assert.Equal("routes.one.fallbacks.timeout", folder.LoadSingleError().Key);
    }

    [Fact]
    public void Load_FallbackOfScoredRouteIsOneOfItsCandidates_Warns()
    {
        using var folder = StaticPolicies.Folder(
            "routes: { one: { strategy: scored, candidates: [ p/small, p/medium ] } }",
            "routes: { one: { fallbacks: { timeout: [ p/medium ] } } }");

        var warning = folder.LoadSingleWarning();

        Assert.Equal("routes.one.fallbacks.timeout", warning.Key);
        Assert.Contains("When 'p/medium' fails, nothing is left", warning.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[ p/small, p/medium ]", "overloaded: [ p/medium ]")]
    [InlineData("[ p/small, p/medium ]", "overloaded: [ p/small, p/large ]")]
    [InlineData("[ p/small ]", "overloaded: [ p/medium ]")]
    [InlineData("[ p/small, q/huge ]", "context_length: [ q/huge ]")]
    [InlineData("[ p/small, p/medium, q/huge ]", "context_length: [ p/medium, q/huge ]")]
    public void Load_FallbackThatHelps_HasNoFindings(string candidates, string fallbacks)
    {
        using var folder = StaticPolicies.Folder(
            $"routes: {{ one: {{ candidates: {candidates} }} }}",
            $"routes: {{ one: {{ fallbacks: {{ {fallbacks} }} }} }}");

        folder.AssertNoFindings();
    }

    [Theory]
    [InlineData("[ p/medium ]", "[ p/small ]", "'p/medium' with its window of 2000 does not fit 'p/small' either: its window is 1000.")]
    [InlineData("[ p/large ]", "[ q/large ]", "'p/large' with its window of 3000 does not fit 'q/large' either: its window is 3000.")]
    [InlineData("[ p/small, p/large ]", "[ p/medium ]", "'p/large' with its window of 3000 does not fit 'p/medium' either: its window is 2000.")]
    public void Load_ContextLengthFallbackWithoutALargerWindow_Warns(string candidates, string fallbacks, string message)
    {
        using var folder = StaticPolicies.Folder(
            $"routes: {{ one: {{ candidates: {candidates} }} }}",
            $"routes: {{ one: {{ fallbacks: {{ context_length: {fallbacks} }} }} }}");

        var warning = folder.LoadSingleWarning();

        Assert.Equal(("routes.one.fallbacks.context_length", $"What does not fit {message}"), (warning.Key, warning.Message));
        Assert.Equal("Name a model with a larger window", warning.Fix);
    }

    [Fact]
    public void Load_ContextLengthFallbackOfDefaultsWithTheSmallestWindow_Warns()
    {
        using var folder = StaticPolicies.Folder(FourRoutes, "defaults: { fallbacks: { context_length: [ p/small ] } }");

        Assert.Equal("defaults.fallbacks.context_length", folder.LoadSingleWarning().Key);
    }

    [Fact]
    public void Load_ContextLengthFallbackOfDefaultsThatHelpsSome_HasNoFindings()
    {
        using var folder = StaticPolicies.Folder(FourRoutes, "defaults: { fallbacks: { context_length: [ p/medium ] } }");

        folder.AssertNoFindings();
    }

    [Theory]
    [InlineData("defaults: { fallbacks: { content_filter: [ q/huge ] } }", "defaults.fallbacks.content_filter")]
    [InlineData("routes: { a: { fallbacks: { content_filter: [ q/huge ] } } }", "routes.a.fallbacks.content_filter")]
    [InlineData("routes: { a: { on: { timeout: return }, fallbacks: { timeout: [ q/huge ] } } }", "routes.a.fallbacks.timeout")]
    public void Load_FallbackForAFailureThatIsReturned_Warns(string failover, string key)
    {
        using var folder = StaticPolicies.Folder(FourRoutes, failover);

        var warning = folder.LoadSingleWarning();

        Assert.Equal(key, warning.Key);
        Assert.StartsWith("It is never used: ", warning.Message, StringComparison.Ordinal);
        Assert.Contains(": fail_over }", warning.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_FallbackOfDefaultsThatOneProviderUses_HasNoFindings()
    {
        using var folder = StaticPolicies.Folder(
            FourRoutes,
            "defaults: { fallbacks: { content_filter: [ q/huge ] } }\nproviders: { p: { on: { content_filter: fail_over } } }");

        folder.AssertNoFindings();
    }

    [Theory]
    [InlineData("a: [ b ], b: [ a ]", "routes.b.fallbacks.overloaded[0]", "a -> b -> a")]
    [InlineData("a: [ a ]", "routes.a.fallbacks.overloaded[0]", "a -> a")]
    [InlineData("a: [ p/large, b ], b: [ c ], c: [ d, q/huge, a ]", "routes.c.fallbacks.overloaded[2]", "a -> b -> c -> a")]
    [InlineData("d: [ c ], c: [ b ], b: [ c ]", "routes.b.fallbacks.overloaded[0]", "c -> b -> c")]
    public void Load_RoutesThatLeadBackToThemselves_IsOneErrorWithThePath(string fallbacks, string key, string path)
    {
        using var folder = StaticPolicies.Folder(FourRoutes, Sections(fallbacks));

        var error = folder.LoadSingleError();

        Assert.Equal((key, $"The fallbacks lead in a circle: {path}."), (error.Key, error.Message));
        Assert.Equal($"Name the models that shall take over in place of the route '{path[0]}'", error.Fix);
        Assert.True(error is { Line: > 1, Column: > 1 });
    }

    [Fact]
    public void Load_TwoCircles_AreTwoErrors()
    {
        using var folder = StaticPolicies.Folder(FourRoutes, Sections("a: [ b ], b: [ a ], c: [ d ], d: [ c ]"));

        Assert.Equal(
            ["The fallbacks lead in a circle: a -> b -> a.", "The fallbacks lead in a circle: c -> d -> c."],
            folder.Load().Errors.Select(error => error.Message));
    }

    [Theory]
    [InlineData("a: [ b, c ], b: [ d ], c: [ d ]")]
    [InlineData("a: [ b ], b: [ c ], c: [ d ]")]
    public void Load_RoutesThatMeetAgain_AreNoCircle(string fallbacks)
    {
        using var folder = StaticPolicies.Folder(FourRoutes, Sections(fallbacks));

        folder.AssertNoFindings();
    }

    [Fact]
    public void Load_CircleOfTwoKinds_IsNone()
    {
        using var folder = StaticPolicies.Folder(FourRoutes, """
            routes:
              a: { fallbacks: { overloaded: [ b ] } }
              b: { fallbacks: { timeout: [ a ] } }
            """);

        folder.AssertNoFindings();
    }

    [Fact]
    public void Load_ChainOfVeryManyRoutes_IsAnErrorAndNoOverflow()
    {
        const int Count = 3000;
        var routes = Enumerable.Range(0, Count).Select(index => $"  r{index}: {{ candidates: [ p/small ] }}\n");
        var sections = Enumerable.Range(0, Count - 1).Select(index => $"  r{index}: {{ fallbacks: {{ timeout: [ r{index + 1}, p/large ] }} }}\n");
        using var folder = StaticPolicies.Folder("routes:\n" + string.Concat(routes), "routes:\n" + string.Concat(sections));

        Assert.Contains(folder.Load().Errors, error => error.Message == "The fallbacks lead through more than 20 routes.");
    }

    /// <summary>From <c>a: [ b ]</c> to sections of routes with these lists for one kind of failure.</summary>
    private static string Sections(string fallbacks) =>
        "routes:\n" + string.Concat(fallbacks.Split("], ").Select(route => route.TrimEnd(' ', ']').Split(": [")).Select(route =>
            $"  {route[0]}: {{ fallbacks: {{ overloaded: [{route[1]} ] }} }}\n"));
}
