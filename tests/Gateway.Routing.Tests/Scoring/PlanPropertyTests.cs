using FsCheck;
using FsCheck.Fluent;
using Gateway.Policies;
using Xunit;

namespace Gateway.Routing.Tests.Scoring;

/// <summary>What holds of every plan, whatever the route, the request and the observations are.</summary>
public sealed class PlanPropertyTests
{
    private static readonly RoutingStrategy[] Strategies = Enum.GetValues<RoutingStrategy>();

    [Fact]
    public void Plan_AnyScene_HoldsExactlyTheCandidatesThatPass() => ForAny(scene =>
    {
        var decision = scene.Decide();
        Assert.Equal(scene.Models.ToHashSet(), decision.Scores.Select(score => score.Model).ToHashSet());
        Assert.Equal(scene.Models.Length, decision.Scores.Length);
        var passing = decision.Scores.Where(score => score.Exclusion == Exclusion.None).Select(score => score.Model).ToHashSet();
        if (passing.Count > 0)
        {
            Assert.Equal(passing, decision.Plan!.Candidates.ToHashSet());
        }
        else if (decision.HasPlan)
        {
            Assert.True(decision.Scores.Single(score => score.IsLastResort).Model == decision.Plan.Candidates.Single());
        }
        else
        {
            Assert.Equal(RoutingRefusal.NoCandidate, decision.Refusal);
            Assert.All(decision.Scores, score => Assert.Equal(Exclusion.MissingCapability, score.Exclusion));
        }

        if (decision.HasPlan)
        {
            Assert.Equal(decision.Plan.Candidates, decision.Scores.Take(decision.Plan.Candidates.Length).Select(score => score.Model));
            var demotions = decision.Scores.Where(score => score.IsInPlan).Select(score => score.Demotion).ToList();
            Assert.Equal(demotions.Order(), demotions);
        }
    });

    [Fact]
    public void Plan_SameSceneMadeAnew_IsTheSamePlan() => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        var (one, other) = (SceneFrom(seed), SceneFrom(seed));
        var reversed = other with { Observed = other.Observed.Reverse().ToDictionary() };
        Assert.Equal(Outcome(one.Decide()), Outcome(reversed.Decide()));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Explain_AnyScene_DecidesAsThePlanAndKnowsEveryNumber() => ForAny(scene =>
    {
        var explained = Router.Explain(scene.Request);
        Assert.Equal(Outcome(scene.Decide()), Outcome(explained));
        Assert.All(explained.Scores, score => Assert.True(score is { Quality: > 0 and < 1, LatencySeconds: > 0, OutputTokens: > 0, CostUsd: null or > 0 }));
        Assert.All(explained.Scores, score => Assert.True(double.IsFinite(score.Score!.Value)));
    });

    [Fact]
    public void Plan_PriceRaised_NeverMovesUp() => ForAny(scene =>
    {
        scene = scene with { Strategy = scene.Strategy == RoutingStrategy.Scored ? RoutingStrategy.Scored : RoutingStrategy.CheapestAboveQuality };
        foreach (var model in scene.Models.Where(model => model.Prices is not null))
        {
            var prices = model.Prices!;
            var dearer = model with { Prices = new ModelPrices(Times3(prices.Input), Times3(prices.CachedInput), Times3(prices.Output)) };
            Assert.True(Place(scene, model) <= Place(scene with { Models = scene.Models.Replace(model, dearer) }, dearer));
        }

        static TokenPrice Times3(TokenPrice price) => new(price.NanoDollarsPerMillionTokens * 3);
    });

    [Fact]
    public void Plan_QualityRaised_NeverMovesDown() => ForAny(scene =>
    {
        scene = scene with { Strategy = scene.Strategy == RoutingStrategy.Scored ? RoutingStrategy.Scored : RoutingStrategy.CheapestAboveQuality };
        foreach (var model in scene.Models.Where(model => model.Skills is not null))
        {
            var better = model with { Skills = new ModelSkills { General = (model.Skills!.General + 1) / 2 } };
            Assert.True(Place(scene, model) >= Place(scene with { Models = scene.Models.Replace(model, better) }, better));
        }
    });

    [Fact]
    public void Plan_StickyOrExplored_IsNeitherExcludedNorDemoted() => ForAny(scene =>
    {
        var decision = scene.Decide();
        if (decision.Plan?.Reason is RoutingReason.Sticky or RoutingReason.Exploration)
        {
            Assert.Equal((Exclusion.None, Demotion.None), (decision.Scores[0].Exclusion, decision.Scores[0].Demotion));
        }

        if (decision.Plan?.Reason == RoutingReason.Sticky)
        {
            Assert.Equal(scene.Prefixes[7].Model, decision.Plan.Candidates[0].QualifiedName);
        }
    });

    private static void ForAny(Action<Scene> property) => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed => property(SceneFrom(seed)))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    private static int Place(Scene scene, ModelCard model) => scene.Decide().Plan?.Candidates.IndexOf(model) ?? -1;

    private static (string, RoutingReason?, RoutingRefusal) Outcome(RoutingDecision decision) => (
        string.Join(
            ' ', decision.Scores.Select(score => $"{score.Model.QualifiedName}:{score.Exclusion}:{(decision.Plan?.Reason == RoutingReason.Only ? null : score.Demotion)}")),
        decision.Plan?.Reason,
        decision.Refusal);

    private static Scene SceneFrom(int seed)
    {
        var random = new Random(seed);
        var models = Enumerable.Range(0, random.Next(1, 7)).Select(i => RandomModel(random, i)).ToList();
        return new Scene
        {
            Models = [.. models],
            Strategy = Strategies[random.Next(Strategies.Length)],
            Route = Route(random, models.Count),
            Profile = new RequestProfile
            {
                Prompt = TextMeasure.OfTokens(random.Next(1, 2000)),
                Question = random.Next(2) == 0 ? Scene.HardQuestion : "Hello",
                Needs = random.Next(3) == 0 ? ModelCapabilities.Tools : ModelCapabilities.None,
                MaxOutputTokens = Maybe(random, () => random.Next(1, 2000)),
                Task = (TaskKind)random.Next(6),
                Fingerprint = (ulong)random.NextInt64(),
                PrefixHash = 7,
                PrefixShare = random.NextDouble(),
            },
            Observed = models.Where(_ => random.Next(2) == 0).ToDictionary(model => model.QualifiedName, _ => RandomObservation(random)),
            Prefixes = random.Next(2) == 0
                ? []
                : new() { [7] = new PrefixOwner(models[random.Next(models.Count)].QualifiedName, Scene.Now.AddSeconds(-random.Next(400))) },
            BrownOut = random.Next(2) == 0 ? null : new BrownOutPolicy { StartInFlight = 1, FullInFlight = 2 },
            Pressure = random.NextDouble(),
        };
    }

    private static ModelCard RandomModel(Random random, int index) => Scene.Model(
        $"p{index % 2}/{index}",
        Maybe(random, () => random.Next(0, 101) / 100.0),
        Maybe(random, () => random.Next(1, 40) / 4.0),
        Maybe(random, () => random.Next(1, 30) / 10.0),
        random.Next(4) == 0 ? 1500 : 100_000,
        random.Next(3) == 0 ? ModelCapabilities.None : ModelCapabilities.Tools);

    private static ModelObservation RandomObservation(Random random) => new()
    {
        Calls = random.Next(1, 60),
        ErrorRate = random.Next(3) == 0 ? random.NextDouble() : 0,
        FirstToken = random.Next(2) == 0 ? LatencySketch.Of(Enumerable.Range(0, 9).Select(_ => 0.1 + random.NextDouble())) : null,
        Answer = random.Next(2) == 0 ? LatencySketch.Of(1 + random.NextDouble()) : null,
        SecondsPerToken = Maybe(random, () => 0.01 + (random.NextDouble() / 10)),
        InFlight = random.Next(100),
        SuspendedUntil = random.Next(4) == 0 ? Scene.Now.AddSeconds(random.Next(-9, 10)) : null,
        TokenRatio = 0.5 + random.NextDouble(),
    };

    private static Func<RouteDefinition, RouteDefinition> Route(Random random, int candidates)
    {
        var weights = Enumerable.Range(0, candidates).Select(_ => (double)random.Next(4)).ToArray();
        var (minQuality, maxCost) = (Maybe(random, random.NextDouble), Maybe(random, () => random.NextDouble() / 100));
        var (sticky, exploration) = (random.Next(2) * 300, random.Next(2) * 0.5);
        var scored = new ScoreWeights(random.Next(3), random.Next(3), random.Next(3));
        return route => route with
        {
            CandidateWeights = [.. weights],
            MinQuality = minQuality,
            MaxCostUsd = maxCost,
            StickyFor = TimeSpan.FromSeconds(sticky),
            Exploration = exploration,
            Weights = scored,
        };
    }

    private static T? Maybe<T>(Random random, Func<T> value)
        where T : struct => random.Next(3) == 0 ? null : value();
}
