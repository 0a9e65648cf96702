using Gateway.Observability.Exposition;
using Xunit;

namespace Gateway.Observability.Tests.Exposition;

public sealed class CanonicalNumberTests
{
    /// <summary>The examples of OpenMetrics 1.0, section "Canonical Numbers", and bounds of the catalogue as Go writes them.</summary>
    [Theory]
    [InlineData(0, "0.0")]
    [InlineData(0.001, "0.001")]
    [InlineData(0.01, "0.01")]
    [InlineData(0.95, "0.95")]
    [InlineData(1, "1.0")]
    [InlineData(1.7, "1.7")]
    [InlineData(10, "10.0")]
    [InlineData(1e-10, "1e-10")]
    [InlineData(1e-9, "1e-09")]
    [InlineData(1e-5, "1e-05")]
    [InlineData(0.000025, "2.5e-05")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(100_000, "100000.0")]
    [InlineData(1e6, "1e+06")]
    [InlineData(1e10, "1e+10")]
    [InlineData(262_144, "262144.0")]
    [InlineData(67_108_864, "6.7108864e+07")]
    public void Bound_OfABucket_IsCanonical(double bound, string expected) => Assert.Equal(expected, CanonicalNumber.Bound(bound));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(-3, "-3")]
    [InlineData(9_007_199_254_740_992, "9007199254740992")]
    [InlineData(0.1, "0.1")]
    [InlineData(1e300, "1E+300")]
    [InlineData(1.5e-9, "1.5E-09")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    public void Value_OfASample_ReadsBackAsTheSame(double value, string expected) => Assert.Equal(expected, CanonicalNumber.Value(value));
}
