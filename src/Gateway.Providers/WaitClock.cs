namespace Gateway.Providers;

/// <summary>
/// Adds up how long a request waited for others, the provider or the client; the rest of its time is the gateway's own. The steps of a
/// request follow one another, so that there is one wait at a time.
/// </summary>
public sealed class WaitClock(TimeProvider time)
{
    private TimeSpan _waited;
    private long? _since;

    /// <summary>The waits that have ended.</summary>
    public TimeSpan Waited => _waited;

    /// <summary>Adds waits that another clock has kept.</summary>
    public void Add(TimeSpan waited) => _waited += waited;

    /// <summary>A wait begins; no effect within one.</summary>
    public void BeginWait() => _since ??= time.GetTimestamp();

    /// <summary>The wait is over; no effect outside of one.</summary>
    public void EndWait()
    {
        if (_since is { } since)
        {
            _waited += time.GetElapsedTime(since);
            _since = null;
        }
    }
}
