using System.Globalization;

namespace Gateway.Observability.Exposition;

/// <summary>Numbers as OpenMetrics wants them.</summary>
internal static class CanonicalNumber
{
    private const double LargestExactInteger = 1L << 53;

    /// <summary>A sample's value: whole numbers without a decimal point, others in the shortest form that reads back as the same.</summary>
    public static string Value(double value) =>
        double.IsNaN(value) ? "NaN"
        : double.IsInfinity(value) ? value > 0 ? "+Inf" : "-Inf"
        : Math.Abs(value) <= LargestExactInteger && double.IsInteger(value) ? ((long)value).ToString(CultureInfo.InvariantCulture)
        : value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>
    /// A bucket's bound. It is a label value, so its text is part of the identity of a series: as Go writes it, with <c>.0</c> where that
    /// has neither point nor exponent (OpenMetrics 1.0, "Canonical Numbers"). It is the same in both formats.
    /// </summary>
    public static string Bound(double bound) =>
        bound is not 0 && Math.Abs(bound) is >= 1e6 or < 1e-4
            ? bound.ToString("0.################e+00", CultureInfo.InvariantCulture)
            : bound.ToString("0.0###################", CultureInfo.InvariantCulture);
}
