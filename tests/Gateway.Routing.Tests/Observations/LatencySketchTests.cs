using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Gateway.Routing.Tests.Observations;

public sealed class LatencySketchTests
{
    private const double Rounding = 1e-9;

    [Fact]
    public void Of_OneValue_IsExact()
    {
        var sketch = LatencySketch.Of(0.3);

        Assert.Equal(1, sketch.Count);
        Assert.Equal(0.3, sketch.Mean);
        Assert.All([0, 0.5, 0.99, 1], q => Assert.Equal(0.3, sketch.Quantile(q)));
    }

    [Fact]
    public void Of_NoValue_IsRefused() => Assert.Throws<ArgumentException>(() => LatencySketch.Of());

    [Fact]
    public void Quantile_AnyValuesInTheRange_IsWithinTheRelativeError() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(300),
        Prop.ForAll(
            (from values in Gen.Choose(1_000, 17_399_000).Select(exponent => 1e-4 * Math.Exp(exponent / 1e6)).NonEmptyListOf()
             from q in Gen.Choose(0, 1000)
             select (values, q: q / 1000.0)).ToArbitrary(),
            sample =>
            {
                var sorted = sample.values.Order().ToList();
                double exact = sorted[(int)Math.Clamp(Math.Ceiling(sample.q * sorted.Count) - 1, 0, sorted.Count - 1)];

                double quantile = LatencySketch.Of(sample.values).Quantile(sample.q);

                // A value is kept in whole µs.
                Assert.InRange(quantile, (exact * (1 - LatencyBuckets.RelativeError - Rounding)) - 1e-6, (exact * (1 + LatencyBuckets.RelativeError + Rounding)) + 1e-6);
            }));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 0)]
    [InlineData(0.00005, 0.00005)]
    [InlineData(0.0001, 0.0001)]
    [InlineData(3600, 3600)]
    [InlineData(100_000, 3600)]
    [InlineData(double.PositiveInfinity, 3600)]
    public void Of_ValuesAtAndBeyondTheEnds_AreCutOff(double value, double expected) => Assert.Equal(expected, LatencySketch.Of(value).Quantile(0.5), 1e-9);

    [Fact]
    public void Quantile_RisingShare_NeverFalls()
    {
        var sketch = LatencySketch.Of(0.1, 0.2, 0.2, 0.4, 8, 30);

        var quantiles = Enumerable.Range(0, 101).Select(percent => sketch.Quantile(percent / 100.0)).ToList();

        Assert.Equal(quantiles.Order(), quantiles);
        Assert.Equal(0.1, quantiles[0], 0.002);
        Assert.Equal(30, quantiles[100], 0.6);
    }

    [Fact]
    public void Equals_SameValuesInAnotherOrder_IsEqual()
    {
        Assert.Equal(LatencySketch.Of(1, 2, 3), LatencySketch.Of(3, 1, 2));
        Assert.Equal(LatencySketch.Of(1, 2, 3).GetHashCode(), LatencySketch.Of(3, 1, 2).GetHashCode());
        Assert.NotEqual(LatencySketch.Of(1, 2, 3), LatencySketch.Of(1, 2, 3.01));
    }

    [Fact]
    public void Buckets_OfTheRange_AreFew() => Assert.Equal(436, LatencyBuckets.Count);
}
