using System.Collections.Immutable;

namespace Gateway.Rehearsal;

/// <summary>How a model behaved over the time of a recording. Outages stay where they were: a sample is drawn from those that are near in time.</summary>
internal sealed class ModelHistory
{
    /// <summary>As many samples, the nearest in time, are drawn from.</summary>
    private const int Near = 32;

    private readonly ImmutableArray<CallSample> _samples;

    /// <param name="samples">At least one.</param>
    public ModelHistory(IEnumerable<CallSample> samples)
    {
        _samples = [.. samples.OrderBy(sample => sample.At)];
        double[] speeds = [.. _samples.Select(sample => sample.PerToken).OfType<TimeSpan>().Select(gap => gap.TotalSeconds).Order()];
        UsualPerToken = speeds.Length > 0 ? TimeSpan.FromSeconds(speeds[speeds.Length / 2]) : null;
    }

    /// <summary>The median; null when no call tells.</summary>
    public TimeSpan? UsualPerToken { get; }

    /// <summary>A sample from around this time.</summary>
    /// <param name="at">The time.</param>
    /// <param name="chance">From 0 up to, but without, 1.</param>
    public CallSample Draw(DateTimeOffset at, double chance)
    {
        var next = _samples.BinarySearch(new CallSample(at, default, null, null), ByTime.Instance);
        var middle = next < 0 ? ~next : next;
        var first = Math.Clamp(middle - (Near / 2), 0, Math.Max(0, _samples.Length - Near));
        var count = Math.Min(Near, _samples.Length);
        return _samples[first + (int)(chance * count)];
    }

    private sealed class ByTime : IComparer<CallSample>
    {
        public static readonly ByTime Instance = new();

        public int Compare(CallSample? left, CallSample? right) => DateTimeOffset.Compare(left!.At, right!.At);
    }
}
