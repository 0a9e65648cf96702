using System.Collections.Immutable;

namespace Gateway.Routing;

/// <summary>The distribution of a latency, in seconds.</summary>
public sealed class LatencySketch
{
    private readonly ImmutableArray<double> _sorted;

    private LatencySketch(ImmutableArray<double> sorted) => _sorted = sorted;

    /// <summary>How many values it stands for, decayed; above 0.</summary>
    public double Count => _sorted.Length;

    /// <summary>Seconds.</summary>
    public double Mean => _sorted.Average();

    /// <summary>A sketch of these values; at least one.</summary>
    public static LatencySketch Of(params IEnumerable<double> seconds) => new([.. seconds.Order()]);

    /// <summary>The value that a share of <paramref name="q"/> (0 to 1) does not exceed, in seconds.</summary>
    public double Quantile(double q) => _sorted[(int)Math.Clamp(Math.Ceiling(q * _sorted.Length) - 1, 0, _sorted.Length - 1)];
}
