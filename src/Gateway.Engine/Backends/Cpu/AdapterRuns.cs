namespace Gateway.Engine.Backends.Cpu;

/// <summary>Neighbouring vectors under one adapter share each load of its weights.</summary>
internal static class AdapterRuns
{
    /// <summary>Where the vectors end that are under the same adapter as the one at <paramref name="begin"/>.</summary>
    /// <param name="adapters">The number of each vector's adapter.</param>
    /// <param name="begin">The first of the run.</param>
    /// <param name="most">Most vectors of a run.</param>
    public static int End(ReadOnlySpan<int> adapters, int begin, int most = int.MaxValue)
    {
        var run = adapters.Slice(begin, Math.Min(most, adapters.Length - begin));
        return run.IndexOfAnyExcept(run[0]) is >= 0 and var length ? begin + length : begin + run.Length;
    }
}
