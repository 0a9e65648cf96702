namespace Gateway.Rehearsal;

/// <summary>Quantiles in seconds; null when there is nothing to measure.</summary>
internal sealed record LatencySummary(double? P50, double? P95, double? P99)
{
    public static LatencySummary Of(IEnumerable<TimeSpan> times)
    {
        double[] sorted = [.. times.Select(time => time.TotalSeconds).Order()];
        return new LatencySummary(At(0.5), At(0.95), At(0.99));

        double? At(double quantile) => sorted.Length == 0 ? null : sorted[(int)Math.Ceiling(quantile * sorted.Length) - 1];
    }
}
