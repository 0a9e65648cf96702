namespace Gateway.Engine.Kernels.Cpu;

/// <summary>
/// Splits work over a bounded number of cores. What one item computes never depends on how the items were split.
/// </summary>
internal sealed class CpuTeam(int threads)
{
    // Handing work to another core and waiting for it costs some ten microseconds: about this many multiply-adds of one core.
    private const long WorthSharing = 500_000;

    // More pieces than cores, so that a core that was held up elsewhere does not hold up the whole.
    private const int PiecesPerThread = 4;

    private readonly ParallelOptions _options = new() { MaxDegreeOfParallelism = threads };

    public int Threads => threads;

    /// <summary>Runs <paramref name="body"/> over [0, <paramref name="count"/>), cut into ranges [from, to).</summary>
    /// <param name="count">Number of items.</param>
    /// <param name="multiplyAdds">Work over all items; little of it is not shared.</param>
    /// <param name="alignment">Ranges begin at multiples of this, so that tiles stay whole.</param>
    /// <param name="body">Called with from and to; calls may run at the same time.</param>
    public void For(int count, long multiplyAdds, int alignment, Action<int, int> body)
    {
        if (threads == 1 || multiplyAdds < WorthSharing || count <= alignment)
        {
            body(0, count);
            return;
        }

        var units = (count + alignment - 1) / alignment;
        var pieces = Math.Min(units, threads * PiecesPerThread);
        Parallel.For(0, pieces, _options, piece =>
        {
            var from = (int)((long)units * piece / pieces) * alignment;
            var to = Math.Min((int)((long)units * (piece + 1) / pieces) * alignment, count);
            body(from, to);
        });
    }
}
