using Gateway.Routing.Difficulty.Learning;
using Xunit;

namespace Gateway.Routing.Tests.Difficulty.Learning;

public sealed class PlattScalingTests
{
    [Fact]
    public void Fit_DistortedLogOdds_FindsTheDistortion()
    {
        var random = new Random(3);
        double[] truth = [.. Enumerable.Range(0, 20_000).Select(_ => (random.NextDouble() * 6) - 3)];
        bool[] labels = [.. truth.Select(logOdds => random.NextDouble() < Logistic.Probability(logOdds))];

        var (slope, offset) = PlattScaling.Fit([.. truth.Select(logOdds => (logOdds - 0.5) / 2)], labels);

        Assert.Equal(2, slope, 0.15);
        Assert.Equal(0.5, offset, 0.1);
    }

    [Fact]
    public void Fit_SeparableData_StaysFinite()
    {
        var (slope, offset) = PlattScaling.Fit([.. Enumerable.Range(0, 100).Select(i => i - 49.5)], [.. Enumerable.Range(0, 100).Select(i => i >= 50)]);

        Assert.True(double.IsFinite(slope) && double.IsFinite(offset) && slope > 0);
    }

    [Fact]
    public void Fit_LogOddsAgainstTheLabels_IsTheIdentity() =>
        Assert.Equal((1, 0), PlattScaling.Fit([.. Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? 1.0 : -1)], [.. Enumerable.Range(0, 100).Select(i => i % 2 != 0)]));

    [Fact]
    public void Fit_FewExamples_IsTheIdentity() => Assert.Equal((1, 0), PlattScaling.Fit([0.5], [true]));
}
