using System.Collections.Immutable;

namespace Gateway.Observability.Aggregation;

/// <summary>Counts observations by bucket, without locks: concurrent recordings sum exactly.</summary>
internal sealed class HistogramSeries(ImmutableArray<double> bounds, bool hasExemplars)
{
    /// <summary>A newer example replaces an older one at most this often, so that a busy bucket makes no garbage.</summary>
    private static readonly TimeSpan ExemplarInterval = TimeSpan.FromSeconds(1);

    private readonly long[] _counts = new long[bounds.Length + 1];
    private readonly Exemplar?[] _exemplars = hasExemplars ? new Exemplar?[bounds.Length + 1] : [];
    private double _sum;

    /// <summary>Counts an observation and returns the index of its bucket: the first whose bound is not below it.</summary>
    public int Record(double value)
    {
        var bucket = 0;
        while (bucket < bounds.Length && value > bounds[bucket])
        {
            bucket++;
        }

        Interlocked.Increment(ref _counts[bucket]);
        AtomicDouble.Add(ref _sum, value);
        return bucket;
    }

    public void Exemplify(int bucket, string requestId, double value, DateTimeOffset now)
    {
        if (Volatile.Read(ref _exemplars[bucket]) is not { } last || now - last.At >= ExemplarInterval)
        {
            Volatile.Write(ref _exemplars[bucket], new Exemplar(requestId, value, now));
        }
    }

    public HistogramPoint ToPoint(IReadOnlyList<string>? labels)
    {
        var counts = new long[_counts.Length];
        for (var i = 0; i < counts.Length; i++)
        {
            counts[i] = Interlocked.Read(ref _counts[i]);
        }

        return new HistogramPoint(labels, [.. counts], Volatile.Read(ref _sum), [.. _exemplars]);
    }
}
