using Xunit;

namespace Gateway.Engine.Tests;

public sealed class DistributionCounterTests
{
    [Fact]
    public void Add_Values_CountsThemUpToTheirBound()
    {
        var counter = new DistributionCounter([1, 2, 4]);
        foreach (var value in (double[])[0, 1, 1.5, 2, 4, 4.1, 99])
        {
            counter.Add(value);
        }

        var snapshot = counter.Snapshot();
        Assert.Equal([2L, 2, 1, 2], snapshot.Counts);
        Assert.Equal((7L, 111.6), (snapshot.Count, Math.Round(snapshot.Sum, 6)));
        counter.Add(3);
        Assert.Equal(7, snapshot.Count);
    }
}
