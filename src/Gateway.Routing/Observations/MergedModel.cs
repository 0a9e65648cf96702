namespace Gateway.Routing;

/// <summary>A <see cref="ModelObservation"/> while the exports of replicas are added to it. Sums are of integers, so their order does not matter.</summary>
internal sealed class MergedModel
{
    private readonly MergedLatency _firstToken = new();
    private readonly MergedLatency _answer = new();
    private Int128 _calls, _failures, _generationTicks, _generatedTokens, _reportedInput, _estimatedInput;
    private long _inFlight;
    private long _suspendedUntil;

    /// <param name="isAlive">Whether the replica still is; the calls under way of one that is not are over.</param>
    public void Add(ModelExport export, DateTimeOffset now, bool isAlive)
    {
        _inFlight += isAlive ? export.InFlight : 0;
        _suspendedUntil = Math.Max(_suspendedUntil, export.SuspendedUntil);
        long slice = TimeSlice.Of(now);
        foreach (var counts in export.Slices)
        {
            if (TimeSlice.Weight(counts.Number, slice) is > 0 and var weight)
            {
                Add(counts, weight);
            }
        }
    }

    /// <returns>Null when there is nothing to tell.</returns>
    public ModelObservation? ToObservation(DateTimeOffset now)
    {
        bool isSuspended = _suspendedUntil > now.UtcTicks;
        return _calls == 0 && _inFlight == 0 && !isSuspended
            ? null
            : new ModelObservation
            {
                Calls = (double)_calls / TimeSlice.One,
                ErrorRate = _calls == 0 ? 0 : (double)_failures / (double)_calls,
                FirstToken = _firstToken.ToSketch(),
                Answer = _answer.ToSketch(),
                SecondsPerToken = _generatedTokens == 0 ? null : (double)_generationTicks / (double)_generatedTokens / TimeSpan.TicksPerSecond,
                InFlight = (int)Math.Min(int.MaxValue, _inFlight),
                SuspendedUntil = isSuspended ? new DateTimeOffset(_suspendedUntil, TimeSpan.Zero) : null,
                TokenRatio = _estimatedInput == 0 ? 1 : (double)_reportedInput / (double)_estimatedInput,
            };
    }

    private void Add(ModelSlice slice, long weight)
    {
        _calls += (Int128)slice.Totals.Calls * weight;
        _failures += (Int128)slice.Totals.Failures * weight;
        _generationTicks += (Int128)slice.Totals.GenerationTicks * weight;
        _generatedTokens += (Int128)slice.Totals.GeneratedTokens * weight;
        _reportedInput += (Int128)slice.Totals.ReportedInput * weight;
        _estimatedInput += (Int128)slice.Totals.EstimatedInput * weight;
        _firstToken.Add(slice.FirstToken, weight);
        _answer.Add(slice.Answer, weight);
    }
}
