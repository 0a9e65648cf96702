using Gateway.Routing.Difficulty;
using Gateway.Routing.Difficulty.Evaluation;
using Xunit;

namespace Gateway.Routing.Tests.Difficulty.Evaluation;

public sealed class RoutingCurveTests
{
    [Fact]
    public void Measure_TenPromptsByHand_GivesThePublishedFigures()
    {
        // Ranked best first. Strong calls recover: 1 of 4 (10 %), 2 (20 %), 2 (30 %), 3 (40 %), 2 (50 %), 3 (60 %), 4 (70 % and on).
        (bool Weak, bool Strong)[] ranked =
        [
            (false, true), (false, true), (true, true), (false, true), (true, false),
            (false, true), (false, true), (true, true), (false, false), (true, true),
        ];
        var curve = RoutingCurve.Measure([.. ranked.Select((answer, rank) => Outcome(1 - (0.1 * rank), answer.Weak, answer.Strong))]);

        Assert.Equal(0.4, curve.WeakAccuracy, 12);
        Assert.Equal(0.8, curve.StrongAccuracy, 12);
        Assert.Equal(11, curve.Points.Length);

        // The deciles of ten values lie between them, so that step k sends ceil(0.9 k) to the weak model: 10, 9, 8, ... , 1, 0 strong calls.
        Assert.Equal([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1], curve.Points.Select(point => Math.Round(point.StrongShare, 12)));
        Assert.Equal([0.4, 0.5, 0.6, 0.6, 0.7, 0.6, 0.7, 0.8, 0.8, 0.8, 0.8], curve.Points.Select(point => Math.Round(point.Accuracy, 12)));

        // Recovered: 0 .25 .5 .5 .75 .5 .75 1 1 1 1; trapezoid: 0.1 x (7.25 - 0.5).
        Assert.Equal(0.675, curve.AverageGapRecovered!.Value, 12);
        Assert.Equal(0.2, curve.CallsFor(0.5)!.Value, 12);
        Assert.Equal(0.62, curve.CallsFor(0.8)!.Value, 12);
    }

    [Fact]
    public void AverageGapRecovered_PerfectRanking_IsBest()
    {
        // A fifth of the prompts is worth a strong call: 0 at 0 %, half at 10 %, all from 20 % on.
        var curve = RoutingCurve.Measure([.. Enumerable.Range(0, 1000).Select(i => Outcome(1 - (i * 0.001), i >= 200, true))]);

        Assert.Equal(0.9, curve.AverageGapRecovered!.Value, 2);
        Assert.Equal(0.1, curve.CallsFor(0.5)!.Value, 2);
        Assert.Equal(0.16, curve.CallsFor(0.8)!.Value, 2);
    }

    [Fact]
    public void AverageGapRecovered_RandomRanking_IsAboutHalf()
    {
        var random = new Random(5);
        var curve = RoutingCurve.Measure(
            [.. Enumerable.Range(0, 20_000).Select(_ => Outcome(random.NextDouble(), random.NextDouble() < 0.6, random.NextDouble() < 0.8))]);

        Assert.InRange(curve.AverageGapRecovered!.Value, 0.47, 0.53);
    }

    [Fact]
    public void Measure_AllScoresTied_IsTheStraightLine()
    {
        var curve = RoutingCurve.Measure([.. Enumerable.Range(0, 100).Select(i => Outcome(0.3, i < 50, i < 80))]);

        Assert.All(curve.Points, point => Assert.True(point.StrongShare is 0 or 1));
        Assert.Equal(0.5, curve.AverageGapRecovered!.Value, 12);
        Assert.Equal(0.8, curve.CallsFor(0.8)!.Value, 12);
    }

    [Fact]
    public void Measure_OrderOfEqualOutcomes_DoesNotMatter()
    {
        RoutedOutcome[] outcomes = [.. Enumerable.Range(0, 300).Select(i => Outcome(i % 7 * 0.1, i % 3 == 0, i % 4 != 0))];

        Assert.Equal(
            RoutingCurve.Measure(outcomes).Points.AsEnumerable(),
            RoutingCurve.Measure([.. outcomes.Reverse()]).Points.AsEnumerable());
    }

    [Fact]
    public void AverageGapRecovered_NoGap_IsUnknown()
    {
        var curve = RoutingCurve.Measure([Outcome(0.1, true, false), Outcome(0.2, false, true)]);

        Assert.Null(curve.AverageGapRecovered);
        Assert.Null(curve.CallsFor(0.5));
    }

    [Fact]
    public void Measure_NoOutcome_IsRefused() => Assert.Throws<ArgumentException>(() => RoutingCurve.Measure([]));

    private static RoutedOutcome Outcome(double gain, bool weak, bool strong) => new(new DifficultyEstimate(0, gain), weak, strong);
}
