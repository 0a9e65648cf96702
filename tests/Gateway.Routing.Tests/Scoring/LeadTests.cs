using System.Collections.Immutable;
using Gateway.Policies;
using Xunit;

namespace Gateway.Routing.Tests.Scoring;

public sealed class LeadTests
{
    private const ulong Prefix = 77;

    private static readonly RequestProfile Conversation = new()
    {
        Prompt = TextMeasure.OfTokens(10_000),
        Question = "And then?",
        PrefixHash = Prefix,
        PrefixShare = 0.9,
        Fingerprint = 5,
    };

    private static readonly ImmutableArray<ModelCard> Twins = [Scene.Model("a/1", 0.7, 1, 1), Scene.Model("b/2", 0.7, 1, 1)];

    private static readonly ModelObservation Known = new() { Calls = 100, ErrorRate = 0 };

    [Theory]
    [InlineData(RoutingStrategy.Scored)]
    [InlineData(RoutingStrategy.CheapestAboveQuality)]
    [InlineData(RoutingStrategy.FastestWithinBudget)]
    [InlineData(RoutingStrategy.Weighted)]
    public void Plan_OwnerOfThePrefix_GoesFirst(RoutingStrategy strategy)
    {
        foreach (var owner in Twins)
        {
            var plan = Sticky(owner.QualifiedName, strategy).Plan();
            Assert.Equal(owner, plan.Candidates[0]);
            Assert.Equal(RoutingReason.Sticky, plan.Reason);
        }
    }

    [Fact]
    public void Plan_OwnerOnAnOrderedRoute_ChangesNothing() => Assert.Equal("a/1 b/2", Sticky("b/2", RoutingStrategy.Ordered).Order());

    [Fact]
    public void Plan_OwnerOfLongAgo_ChangesNothing()
    {
        var scene = Sticky("b/2", RoutingStrategy.Scored);
        Assert.Equal("b/2 a/1", scene.Order());
        scene.Prefixes[Prefix] = new PrefixOwner("b/2", Scene.Now.AddSeconds(-301));
        Assert.Equal("a/1 b/2", scene.Order());
        Assert.Equal("a/1 b/2", (Sticky("b/2", RoutingStrategy.Scored) with { Route = route => route }).Order());
    }

    [Fact]
    public void Plan_Owner_PaysTheCachedPriceForThePrefix()
    {
        var prices = new ModelPrices(Scene.Price(10), Scene.Price(1), Scene.Price(10));
        var scene = Sticky("b/2", RoutingStrategy.CheapestAboveQuality) with { Models = [.. Twins.Select(model => model with { Prices = prices })] };

        var owner = scene.Explain("b/2");

        Assert.Equal((10_000, 9000), (owner.PromptTokens, owner.CachedTokens));
        Assert.Equal((1000 * 10e-6) + (9000 * 1e-6) + (300 * 10e-6), owner.CostUsd!.Value, 9);
        Assert.Equal(0, scene.Explain("a/1").CachedTokens);
    }

    [Fact]
    public void Plan_OwnerMuchWorseThanTheBest_DoesNotGoFirst()
    {
        var worse = Sticky("b/2", RoutingStrategy.Scored) with { Models = [Scene.Model("a/1", 0.9, 1, 1), Scene.Model("b/2", 0.3, 1, 1)] };
        var littleWorse = worse with { Models = [Scene.Model("a/1", 0.7, 1, 1), Scene.Model("b/2", 0.69, 1, 1)] };

        Assert.Equal("a/1 b/2", worse.Order());
        Assert.Equal(RoutingReason.Score, worse.Plan().Reason);
        Assert.Equal("b/2 a/1", littleWorse.Order());
    }

    [Fact]
    public void Plan_OwnerDemotedExcludedOrWithoutWeight_DoesNotGoFirst()
    {
        var suspended = Sticky("b/2", RoutingStrategy.Scored);
        suspended.Observed["b/2"] = new ModelObservation { Calls = 1, ErrorRate = 0, SuspendedUntil = Scene.Now.AddSeconds(9) };
        var tooSmall = Sticky("b/2", RoutingStrategy.Scored) with { Models = [.. Twins[..1], Scene.Model("b/2", window: 100), Scene.Model("c/3")] };
        var belowQuality = Sticky("b/2", RoutingStrategy.CheapestAboveQuality, route => route with { MinQuality = 0.5 })
            with
        { Models = [Scene.Model("a/1", 0.9, 9), Scene.Model("b/2", 0.1, 1)] };
        var drained = Sticky("b/2", RoutingStrategy.Weighted, route => route with { CandidateWeights = [1, 0] });
        var gone = Sticky("x/9", RoutingStrategy.Scored);

        Assert.All(new[] { suspended, tooSmall, belowQuality, drained, gone }, scene => Assert.Equal("a/1", scene.Plan().Candidates[0].QualifiedName));
        Assert.All(new[] { suspended, tooSmall, belowQuality, drained, gone }, scene => Assert.NotEqual(RoutingReason.Sticky, scene.Plan().Reason));
    }

    [Fact]
    public void Plan_Exploration_SendsItsShareToTheLeastKnown()
    {
        const int requests = 20_000;
        var explored = 0;
        foreach (var plan in Exploring(calls: 3).Plans(requests))
        {
            var isExploration = plan.Reason == RoutingReason.Exploration;
            Assert.Equal(isExploration ? "c/3" : "a/1", plan.Candidates[0].QualifiedName);
            explored += isExploration ? 1 : 0;
        }

        // Five standard deviations of a binomial draw.
        Assert.InRange(explored, (requests * 0.05) - 155, (requests * 0.05) + 155);
    }

    [Fact]
    public void Plan_ExplorationOfKnownDemotedOrWeightlessCandidates_DoesNotHappen()
    {
        var suspended = Exploring(calls: 3);
        suspended.Observed["c/3"] = suspended.Observed["c/3"] with { SuspendedUntil = Scene.Now.AddSeconds(1) };
        var ordered = Exploring(calls: 3) with { Strategy = RoutingStrategy.Ordered };
        var drained = Exploring(calls: 3) with
        {
            Strategy = RoutingStrategy.Weighted,
            Route = route => route with { Exploration = 0.5, CandidateWeights = [1, 1, 0] },
        };

        Assert.All(
            new[] { Exploring(calls: 21), suspended, ordered, drained }.SelectMany(scene => scene.Plans(500)),
            plan => Assert.NotEqual(RoutingReason.Exploration, plan.Reason));
    }

    private static Scene Exploring(double calls) => new()
    {
        Models = [Scene.Model("a/1", 0.9, 1, 1), Scene.Model("b/2", 0.5, 1, 1), Scene.Model("c/3", 0.3, 1, 1)],
        Route = route => route with { Exploration = 0.05 },
        Observed = { ["a/1"] = Known, ["b/2"] = Known, ["c/3"] = Known with { Calls = calls } },
    };

    private static Scene Sticky(string owner, RoutingStrategy strategy, Func<RouteDefinition, RouteDefinition>? route = null) => new()
    {
        Models = Twins,
        Strategy = strategy,
        Route = definition => (route ?? (static same => same))(definition with { StickyFor = TimeSpan.FromSeconds(300) }),
        Profile = Conversation,
        Prefixes = { [Prefix] = new PrefixOwner(owner, Scene.Now.AddSeconds(-10)) },
    };
}
