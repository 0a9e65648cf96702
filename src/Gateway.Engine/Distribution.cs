using System.Collections.Immutable;

namespace Gateway.Engine;

/// <summary>Values that were counted into buckets.</summary>
/// <param name="Bounds">Upper bounds of the buckets, inclusive and ascending; one more bucket takes what lies above the last.</param>
/// <param name="Counts">Values per bucket: one more than <paramref name="Bounds"/>. Not accumulated over buckets.</param>
/// <param name="Sum">Of all values.</param>
public sealed record Distribution(ImmutableArray<double> Bounds, ImmutableArray<long> Counts, double Sum)
{
    /// <summary>How many values there were.</summary>
    public long Count => Counts.Sum();
}
