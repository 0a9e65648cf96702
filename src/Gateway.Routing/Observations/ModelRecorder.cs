namespace Gateway.Routing;

/// <summary>What this replica sees of one model. Safe for concurrent use.</summary>
internal sealed class ModelRecorder(string qualifiedName)
{
    private readonly Lock _lock = new();
    private readonly SliceRing<ModelCounts> _slices = new();
    private long _suspendedUntil;
    private int _inFlight;

    public string QualifiedName { get; } = qualifiedName;

    public void Begin() => Interlocked.Increment(ref _inFlight);

    public void Cancel() => Interlocked.Decrement(ref _inFlight);

    public void End(in CallObservation call, long slice)
    {
        Interlocked.Decrement(ref _inFlight);
        lock (_lock)
        {
            _slices.At(slice).Add(call);
        }
    }

    /// <summary>Of two suspensions at once the longer holds.</summary>
    public void Suspend(DateTimeOffset until)
    {
        lock (_lock)
        {
            _suspendedUntil = Math.Max(_suspendedUntil, until.UtcTicks);
        }
    }

    public void Resume()
    {
        lock (_lock)
        {
            _suspendedUntil = 0;
        }
    }

    public ModelExport Export(DateTimeOffset now)
    {
        var merged = new MergedModel();
        lock (_lock)
        {
            foreach (var (counts, weight) in _slices.Current(TimeSlice.Of(now)))
            {
                merged.Add(counts, weight);
            }

            return merged.ToExport(QualifiedName, Math.Max(0, Volatile.Read(ref _inFlight)), _suspendedUntil > now.UtcTicks ? _suspendedUntil : 0);
        }
    }
}
