using Xunit;

namespace Gateway.Routing.Tests.Scoring;

public sealed class ChanceTests
{
    private const int Draws = 20_000;

    [Theory]
    [InlineData(0)]
    [InlineData(32)]
    [InlineData(48)]
    public void Draw_ManyFingerprints_IsUniform(int shift)
    {
        var counts = new int[10];
        for (var i = 0UL; i < Draws; i++)
        {
            counts[(int)(Chance.Draw(i << shift, "a/1") * 10)]++;
        }

        // The 0.999 quantile of chi-square with nine degrees of freedom.
        Assert.InRange(counts.Sum(count => Math.Pow(count - (Draws / 10), 2) / (Draws / 10)), 0, 27.88);
    }

    [Fact]
    public void Draw_OfDifferentThings_IsIndependent()
    {
        var (few, alike) = (0, 0);
        for (var i = 0UL; i < Draws; i++)
        {
            if (Chance.Draw(i, "exploration") < 0.1)
            {
                few++;
                alike += Chance.Draw(i, "a/1") < Chance.Draw(i, "b/2") ? 1 : 0;
            }
        }

        // Five standard deviations.
        Assert.InRange(few, 1788, 2212);
        Assert.InRange(alike / (double)few, 0.44, 0.56);
    }

    /// <summary>A constant: replicas of different builds must agree too.</summary>
    [Fact]
    public void Draw_SameFingerprint_IsTheSameEverywhere() => Assert.Equal(0.02912336551690492, Chance.Draw(42, "a/1"), 15);
}
