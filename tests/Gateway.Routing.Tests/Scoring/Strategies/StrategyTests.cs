using System.Collections.Immutable;
using Gateway.Policies;
using Xunit;

namespace Gateway.Routing.Tests.Scoring.Strategies;

public sealed class StrategyTests
{
    /// <summary>Good and dear and slow; bad and cheap and fast; between.</summary>
    private static readonly ImmutableArray<ModelCard> Models =
        [Scene.Model("a/mid", 0.7, 2, 1), Scene.Model("a/good", 0.95, 8, 2), Scene.Model("a/bad", 0.2, 0.5, 0.2)];

    [Fact]
    public void Plan_Ordered_IsTheFilesOrderAndWorksNothingOut()
    {
        var scene = new Scene { Models = Models, Strategy = RoutingStrategy.Ordered };

        Assert.Equal("a/mid a/good a/bad", scene.Order());
        Assert.Equal(RoutingReason.Ordered, scene.Plan().Reason);
        Assert.All(scene.Plan().Scores, score => Assert.True(score is { Quality: null, CostUsd: null, LatencySeconds: null, Score: null }));
    }

    [Theory]
    [InlineData(1, 0, 0, "a/good a/mid a/bad")]
    [InlineData(0, 1, 0, "a/bad a/mid a/good")]
    [InlineData(0, 0, 1, "a/bad a/mid a/good")]
    public void Plan_Scored_FollowsTheWeights(double quality, double cost, double latency, string expected)
    {
        var scene = new Scene { Models = Models, Route = route => route with { Weights = new ScoreWeights(quality, cost, latency) } };

        Assert.Equal(expected, scene.Order());
        Assert.Equal(RoutingReason.Score, scene.Plan().Reason);
        Assert.Equal(scene.Plan().Scores.Select(score => score.Score).OrderDescending(), scene.Plan().Scores.Select(score => score.Score));
        Assert.Equal(quality == 0, scene.Plan().Scores[0].Quality is null);
    }

    [Fact]
    public void Explain_HardPrompt_SetsModelsFurtherApartThanAnEasyOne()
    {
        var scene = new Scene { Models = Models };
        var easy = new RequestProfile { Prompt = TextMeasure.OfTokens(1000), Question = "What is the capital of France?" };
        Assert.True(Gap(scene) > Gap(scene with { Profile = easy }));

        static double Gap(Scene scene) => scene.Explain("a/good").Quality!.Value - scene.Explain("a/bad").Quality!.Value;
    }

    [Fact]
    public void Plan_CheapestAboveQuality_IsTheCheapestThatIsGoodEnough()
    {
        var scene = new Scene { Models = Models, Strategy = RoutingStrategy.CheapestAboveQuality };
        var between = (scene.Explain("a/mid").Quality + scene.Explain("a/bad").Quality) / 2;
        scene = scene with { Route = route => route with { MinQuality = between } };

        Assert.Equal("a/mid a/good a/bad", scene.Order());
        Assert.Equal(RoutingReason.Cost, scene.Plan().Reason);
        Assert.Equal("a/bad a/mid a/good", (scene with { Route = route => route with { MinQuality = 0 } }).Order());
        Assert.Equal("a/good a/mid a/bad", (scene with { Route = route => route with { MinQuality = 1 } }).Order());
    }

    [Fact]
    public void Plan_FastestWithinBudget_IsTheFastestThatIsCheapEnough()
    {
        var scene = new Scene { Models = Models, Strategy = RoutingStrategy.FastestWithinBudget, Route = route => route with { MaxCostUsd = 1 } };

        Assert.Equal("a/bad a/mid a/good", scene.Order());
        Assert.Equal(RoutingReason.Latency, scene.Plan().Reason);

        // 1,300 tokens cost 0.0026 $ at 2 $/M and 0.0104 $ at 8 $/M.
        var models = ImmutableArray.Create(
            Scene.Model("a/1", price: 2, firstToken: 3), Scene.Model("a/2", price: 8, firstToken: 1), Scene.Model("a/3", price: 20, firstToken: 0.1));
        Assert.Equal("a/1 a/2 a/3", (scene with { Models = models, Route = route => route with { MaxCostUsd = 0.005 } }).Order());
        Assert.Equal("a/2 a/1 a/3", (scene with { Models = models, Route = route => route with { MaxCostUsd = 0.0105 } }).Order());
    }

    [Theory]
    [InlineData(RoutingStrategy.Scored)]
    [InlineData(RoutingStrategy.CheapestAboveQuality)]
    [InlineData(RoutingStrategy.FastestWithinBudget)]
    public void Plan_EqualCandidates_StayAsListed(RoutingStrategy strategy)
    {
        var models = Enumerable.Range(0, 30).Select(i => Scene.Model($"p{i % 3}/{i}", 0.5, 1, 1)).ToImmutableArray();

        Assert.Equal(models, new Scene { Models = models, Strategy = strategy }.Plan().Candidates);
        var unknown = models.Select(model => model with { Skills = null, Prices = null }).ToImmutableArray();
        Assert.Equal(unknown, new Scene { Models = unknown, Strategy = strategy }.Plan().Candidates);
    }
}
