namespace Gateway.Benchmarks.StreamProbe;

/// <summary>The figures of one target; all times in milliseconds.</summary>
internal sealed record TargetReport(
    string Target, int Streams, double FirstTokenP50, double FirstTokenP99, double EventDelayP50, double EventDelayP99)
{
    public static TargetReport From(string target, IReadOnlyCollection<StreamSample> samples)
    {
        double[] firstTokens = [.. samples.Select(sample => sample.FirstToken.TotalMilliseconds).Order()];
        double[] delays = [.. samples.SelectMany(sample => sample.EventDelays).Select(delay => delay.TotalMilliseconds).Order()];
        return new TargetReport(
            target,
            samples.Count,
            Percentile(firstTokens, 50),
            Percentile(firstTokens, 99),
            Percentile(delays, 50),
            Percentile(delays, 99));
    }

    /// <summary>The nearest-rank percentile of sorted values.</summary>
    private static double Percentile(double[] sorted, int percent) => sorted[(int)Math.Ceiling(sorted.Length * percent / 100.0) - 1];
}
