using FsCheck;
using FsCheck.Fluent;
using Gateway.Engine.Sampling;
using Xunit;

namespace Gateway.Engine.Tests.Sampling;

public sealed class SelectionTests
{
    [Fact]
    public void Largest_AnyNumbers_IsWhereAnOrderHasIt() => Prop.ForAll(Gen.Choose(1, int.MaxValue).ToArbitrary(), seed =>
    {
        var values = Values(new Random(seed));
        var rank = new Random(seed).Next(1, values.Length + 1);
        Assert.Equal(values.OrderDescending().ElementAt(rank - 1), Selection.Largest((double[])values.Clone(), rank));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void SmallestUpTo_AnyNumbers_CutsWhereAnOrderWould() => Prop.ForAll(Gen.Choose(1, int.MaxValue).ToArbitrary(), seed =>
    {
        var random = new Random(seed);
        var values = Values(random);
        var most = random.Next(5) == 0 ? double.MaxValue : values.Sum() * random.NextDouble();
        var (threshold, equalsDropped) = Selection.SmallestUpTo((double[])values.Clone(), most);
        var (sorted, dropped, sum) = (values.Order().ToArray(), 0, 0d);
        while (dropped < sorted.Length - 1 && sum + sorted[dropped] <= most)
        {
            sum += sorted[dropped++];
        }

        Assert.Equal(sorted[dropped], threshold);
        Assert.Equal(dropped, sorted.Count(value => value < threshold) + equalsDropped);
    }).QuickCheckThrowOnFailure();

    /// <summary>Whole numbers, whose sums are exact in any order; many of them equal.</summary>
    private static double[] Values(Random random) =>
        [.. Enumerable.Range(0, random.Next(1, 400)).Select(_ => (double)random.Next(1, random.Next(2, 300)))];
}
