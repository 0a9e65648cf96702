using Gateway.Policies;
using Xunit;

namespace Gateway.Routing.Tests.Scoring.Estimates;

public sealed class EstimatorTests
{
    [Fact]
    public void Explain_KnownNumbers_AreTheSumOfTheirParts()
    {
        var model = Scene.Model("a/1", 0.7, firstToken: 0.5) with { Prices = new ModelPrices(Scene.Price(2), Scene.Price(1), Scene.Price(10)) };
        var scene = new Scene
        {
            Models = [model],
            Profile = new RequestProfile { Prompt = TextMeasure.OfTokens(1000), Question = "Hi", Choices = 3, MaxOutputTokens = 200 },
        };

        var score = scene.Explain("a/1");

        Assert.Equal((1000, 0, 200), (score.PromptTokens, score.CachedTokens, score.OutputTokens));
        Assert.Equal((1000 * 2e-6) + (200 * 3 * 10e-6), score.CostUsd!.Value, 12);
        Assert.Equal(0.5 + (200 / 100.0), score.LatencySeconds!.Value, 9);
        Assert.Equal(score.Quality!.Value - (0.3 * score.CostUsd.Value / 0.01) - (0.1 * score.LatencySeconds.Value / 10), score.Score!.Value, 9);
        Assert.Equal(Assumptions.None, score.Assumed);
    }

    [Fact]
    public void Explain_NothingKnown_IsAssumedNeverZero()
    {
        var score = new Scene { Models = [Scene.Model("a/1")] }.Explain("a/1");

        Assert.Equal(0.5, score.Quality);
        Assert.Null(score.CostUsd);
        Assert.Equal(1, score.FirstTokenSeconds);
        Assert.Equal(0.02, score.SecondsPerToken);
        Assert.Equal(Assumptions.Quality | Assumptions.Cost | Assumptions.FirstToken | Assumptions.TokenRate, score.Assumed);
    }

    [Fact]
    public void Explain_UnknownOfOneCandidate_IsTheMeanOfTheOthersInThePlan()
    {
        var scene = new Scene
        {
            Models = [Scene.Model("a/1", 0.9, 1), Scene.Model("a/2"), Scene.Model("a/3", 0.3, 3), Scene.Model("a/tiny", 0.01, 1000, window: 10)],
        };

        var unknown = scene.Explain("a/2");

        Assert.Equal((scene.Explain("a/1").Quality + scene.Explain("a/3").Quality) / 2, unknown.Quality);
        Assert.Equal((scene.Explain("a/1").CostUsd + scene.Explain("a/3").CostUsd) / 2, unknown.CostUsd);
        Assert.Equal("a/tiny", Router.Explain(scene.Request).Scores[^1].Model.QualifiedName);
    }

    [Theory]
    [InlineData(null, null, 300)]
    [InlineData(900.2, null, 901)]
    [InlineData(900.0, 50, 50)]
    [InlineData(90_000_000.0, null, 4000)]
    [InlineData(0.0, null, 1)]
    public void Explain_AnswerLength_IsWhatTheRouteSawWithinTheLimits(double? seen, int? asked, int expected)
    {
        var scene = new Scene { Models = [Scene.Model("a/1") with { MaxOutputTokens = 4000 }], Profile = Scene.Prompt(10, maxOutput: asked) };
        if (seen is { } tokens)
        {
            scene.OutputLengths[("auto", TaskKind.General)] = tokens;
        }

        Assert.Equal(expected, scene.Explain("a/1").OutputTokens);
    }

    [Fact]
    public void Explain_ObservedLatency_CountsTheMoreTheMoreCallsThereWere()
    {
        Assert.Equal(0.5, Latency(0).FirstTokenSeconds!.Value, 3);
        Assert.Equal(((1 * 4) + (5 * 0.5)) / 6, Latency(1).FirstTokenSeconds!.Value, 0.1);
        Assert.InRange(Latency(1000).FirstTokenSeconds!.Value, 3.9, 4.1);

        static CandidateScore Latency(int calls)
        {
            var scene = new Scene { Models = [Scene.Model("a/1", firstToken: 0.5)] };
            if (calls > 0)
            {
                scene.Observed["a/1"] = new ModelObservation { Calls = calls, ErrorRate = 0, FirstToken = LatencySketch.Of(Enumerable.Repeat(4.0, calls)) };
            }

            return scene.Explain("a/1");
        }
    }

    [Fact]
    public void Explain_OnlyWholeAnswersObserved_AreTheLatency()
    {
        var scene = new Scene { Models = [Scene.Model("a/1")] };
        scene.Observed["a/1"] = new ModelObservation { Calls = 1000, ErrorRate = 0, Answer = LatencySketch.Of(Enumerable.Repeat(20.0, 1000)) };

        Assert.InRange(scene.Explain("a/1").LatencySeconds!.Value, 19, 21);
    }

    [Fact]
    public void Explain_ErrorsAndQueue_MakeLatencyLonger()
    {
        var well = new ModelObservation { Calls = 95, ErrorRate = 0, SecondsPerToken = 0.01 };

        Assert.Equal(3.5, With(well), 6);
        Assert.Equal(3.5 / (1 - 0.475), With(well with { ErrorRate = 0.5 }), 6);
        Assert.Equal(3.5 * 1.5, With(well with { InFlight = 64 }), 6);
        Assert.Equal(3.5 * 20, With(well with { ErrorRate = 1, Calls = 1_000_000 }), 6);

        static double With(ModelObservation observation) =>
            new Scene { Models = [Scene.Model("a/1", firstToken: 0.5)], Observed = { ["a/1"] = observation } }.Explain("a/1").LatencySeconds!.Value;
    }
}
