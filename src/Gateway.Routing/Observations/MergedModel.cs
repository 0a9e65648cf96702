namespace Gateway.Routing;

/// <summary>
/// What several time slices, or several replicas, showed of one model, while it is added up. Sums are of integers, so their order does
/// not matter.
/// </summary>
internal sealed class MergedModel
{
    private readonly MergedLatency _firstToken = new();
    private readonly MergedLatency _answer = new();
    private ModelTotals _totals;
    private long _inFlight;
    private long _suspendedUntil;

    /// <summary>Adds a slice of this replica.</summary>
    /// <param name="weight">By <see cref="TimeSlice.Weight"/>; above 0.</param>
    public void Add(ModelCounts counts, long weight)
    {
        _totals += counts.Totals.Times(weight);
        counts.AddTo(_firstToken, _answer, weight);
    }

    /// <summary>Adds what a replica exported.</summary>
    /// <param name="weight">By <see cref="TimeSlice.Weight"/> of the slice in which it was exported; 0 when it is too old to count.</param>
    /// <param name="isAlive">Whether the replica still is; the calls under way of one that is not are over.</param>
    public void Add(ModelExport export, long weight, bool isAlive)
    {
        _inFlight += isAlive ? export.InFlight : 0;
        _suspendedUntil = Math.Max(_suspendedUntil, export.SuspendedUntil);
        if (weight > 0)
        {
            _totals += export.Totals.Rescale(weight);
            _firstToken.Add(export.FirstToken, weight);
            _answer.Add(export.Answer, weight);
        }
    }

    public ModelExport ToExport(string qualifiedName, int inFlight, long suspendedUntil) =>
        new(qualifiedName, inFlight, suspendedUntil, _totals, _firstToken.ToExport(), _answer.ToExport());

    /// <returns>Null when there is nothing to tell.</returns>
    public ModelObservation? ToObservation(DateTimeOffset now)
    {
        bool isSuspended = _suspendedUntil > now.UtcTicks;
        return _totals.Calls == 0 && _inFlight == 0 && !isSuspended
            ? null
            : new ModelObservation
            {
                Calls = (double)_totals.Calls / TimeSlice.One,
                ErrorRate = Ratio(_totals.Failures, _totals.Calls) ?? 0,
                FirstToken = _firstToken.ToSketch(),
                Answer = _answer.ToSketch(),
                SecondsPerToken = Ratio(_totals.GenerationMicroseconds, _totals.GeneratedTokens) / TimeSpan.MicrosecondsPerSecond,
                InFlight = (int)Math.Min(int.MaxValue, _inFlight),
                SuspendedUntil = isSuspended ? new DateTimeOffset(_suspendedUntil, TimeSpan.Zero) : null,
                TokenRatio = Ratio(_totals.ReportedInput, _totals.EstimatedInput) ?? 1,
            };
    }

    private static double? Ratio(long numerator, long denominator) => denominator == 0 ? null : (double)numerator / denominator;
}
