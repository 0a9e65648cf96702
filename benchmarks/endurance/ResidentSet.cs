namespace Gateway.Benchmarks.Endurance;

/// <summary>A process's resident set over time, in bytes.</summary>
internal sealed class ResidentSet
{
    private const double MiB = 1 << 20;

    private readonly List<long> _samples = [];

    public void Add(long bytes) => _samples.Add(bytes);

    /// <summary>Their mean in each fifth of the time, in MiB.</summary>
    public IReadOnlyList<double> Fifths() =>
        [.. Enumerable.Range(0, 5).Select(fifth => _samples[(fifth * _samples.Count / 5)..((fifth + 1) * _samples.Count / 5)].DefaultIfEmpty(_samples[^1]).Average() / MiB)];
}
