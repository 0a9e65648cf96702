using Gateway.Policies;
using Xunit;

namespace Gateway.Routing.Tests.Scoring;

public sealed class DemotionsTests
{
    private static readonly ModelObservation Suspended = new() { Calls = 5, ErrorRate = 1, SuspendedUntil = Scene.Now.AddSeconds(1) };

    [Theory]
    [InlineData(RoutingStrategy.Ordered)]
    [InlineData(RoutingStrategy.Scored)]
    [InlineData(RoutingStrategy.CheapestAboveQuality)]
    [InlineData(RoutingStrategy.FastestWithinBudget)]
    [InlineData(RoutingStrategy.Weighted)]
    public void Plan_Suspended_ComesLastUntilItsTimeHasCome(RoutingStrategy strategy)
    {
        var scene = new Scene
        {
            Models = [Scene.Model("a/1", 0.9, 1, 0.1), Scene.Model("a/2", 0.1, 9, 9)],
            Strategy = strategy,
            Route = route => route with { CandidateWeights = [1000, 0.001] },
        };

        Assert.Equal("a/1 a/2", scene.Order());
        scene.Observed["a/1"] = Suspended;
        Assert.Equal("a/2 a/1", scene.Order());
        Assert.Equal("left alone until 2026-05-04T12:00:01.000Z", scene.Plan().Scores[1].DemotionDetail);
        scene.Observed["a/1"] = Suspended with { SuspendedUntil = Scene.Now, ErrorRate = 0 };
        Assert.Equal("a/1 a/2", scene.Order());
    }

    [Fact]
    public void Plan_BelowMinQuality_ComesBehindButBeforeTheSuspended()
    {
        var scene = new Scene
        {
            Models = [Scene.Model("a/1", 0.9), Scene.Model("a/2", 0.2), Scene.Model("a/3", 0.8)],
            Strategy = RoutingStrategy.Ordered,
            Observed = { ["a/1"] = Suspended },
        };
        var between = (scene.Explain("a/2").Quality + scene.Explain("a/3").Quality) / 2;
        scene = scene with { Route = route => route with { MinQuality = between } };

        Assert.Equal("a/3 a/2 a/1", scene.Order());
        Assert.Equal([Demotion.None, Demotion.BelowMinQuality, Demotion.Suspended], scene.Plan().Scores.Select(score => score.Demotion));
        Assert.Matches(@"^quality 0\.\d+; minQuality is 0\.\d+ now$", scene.Plan().Scores[1].DemotionDetail);
    }

    [Fact]
    public void Plan_BrownOut_RelievesMinQualityAndWeighsCostMore()
    {
        var brownOut = new BrownOutPolicy { StartInFlight = 1, FullInFlight = 2, QualityRelief = 0.2, CostFactor = 4 };
        var scene = new Scene
        {
            Models = [Scene.Model("a/cheap", 0.72, 0.1, 1), Scene.Model("a/dear", 0.8, 9, 1)],
            BrownOut = brownOut,
        };
        var quality = scene.Explain("a/cheap").Quality!.Value;
        scene = scene with { Route = route => route with { MinQuality = quality + 0.001 } };

        Assert.Equal(Demotion.BelowMinQuality, scene.Explain("a/cheap").Demotion);
        Assert.Equal("a/dear a/cheap", scene.Order());
        Assert.Equal(Demotion.None, (scene with { Pressure = 1 }).Explain("a/cheap").Demotion);
        Assert.Equal("a/cheap a/dear", (scene with { Pressure = 1 }).Order());

        var terms = ScoreTerms.Of(new RouteDefinition { Name = "r", Candidates = [], MinQuality = 0.8 }, brownOut, 0.5);
        Assert.Equal((0.3 * 2.5, 0.7), (terms.CostWeight, Math.Round(terms.MinQuality!.Value, 9)));
        Assert.Equal(0.3, ScoreTerms.Of(null, null, 1).CostWeight);
    }

    [Fact]
    public void Plan_AboveMaxCost_ComesBehind()
    {
        var scene = new Scene
        {
            Models = [Scene.Model("a/1", price: 100), Scene.Model("a/2", price: 1)],
            Strategy = RoutingStrategy.Ordered,
            Route = route => route with { MaxCostUsd = 0.01 },
        };

        Assert.Equal("a/2 a/1", scene.Order());
        Assert.Equal("costs 0.13 $; maxCostUsd is 0.01", scene.Plan().Scores[1].DemotionDetail);
    }

    [Fact]
    public void Plan_UnknownQualityOrCost_IsHeldAgainstNobody()
    {
        var scene = new Scene
        {
            Models = [Scene.Model("a/1"), Scene.Model("a/2", 0.01, 1000)],
            Strategy = RoutingStrategy.Ordered,
            Route = route => route with { MinQuality = 0.9, MaxCostUsd = 0.01 },
        };

        Assert.Equal(Demotion.None, scene.Plan().Scores.Single(score => score.Model.Name == "1").Demotion);
        Assert.Equal(Demotion.BelowMinQuality, scene.Plan().Scores.Single(score => score.Model.Name == "2").Demotion);
    }
}
