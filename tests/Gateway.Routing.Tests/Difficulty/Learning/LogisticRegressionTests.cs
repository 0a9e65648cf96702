using Gateway.Routing.Difficulty.Learning;
using Xunit;

namespace Gateway.Routing.Tests.Difficulty.Learning;

public sealed class LogisticRegressionTests
{
    [Fact]
    public void Fit_InterceptOnly_IsTheLogOddsOfTheShare()
    {
        var rows = new SparseRows(1);
        for (int i = 0; i < 4; i++)
        {
            rows.Add(0, 1);
            rows.EndRow();
        }

        double[] weights = LogisticRegression.Fit(rows, [0, 1, 2, 3], [true, true, true, false], 1, free: 1, CancellationToken.None);

        Assert.Equal(Math.Log(3), weights[0], 2);
    }

    [Fact]
    public void Fit_OnePenalisedWeight_MeetsTheOptimumsCondition()
    {
        var rows = new SparseRows(1);
        rows.Add(0, 2);
        rows.EndRow();

        double[] weights = LogisticRegression.Fit(rows, [0], [true], 0.5, free: 0, CancellationToken.None);

        // w = C·x·(1 - p(w·x)) at the minimum.
        Assert.Equal(0.5 * 2 * (1 - Logistic.Probability(2 * weights[0])), weights[0], 2);
    }

    [Fact]
    public void Fit_NoSelectedRow_LeavesZero()
    {
        var rows = new SparseRows(2);

        Assert.Equal([0, 0], LogisticRegression.Fit(rows, [], [], 1, free: 1, CancellationToken.None));
    }
}
