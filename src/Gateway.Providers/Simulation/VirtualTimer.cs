namespace Gateway.Providers.Simulation;

/// <summary>A timer of <see cref="VirtualTime"/>.</summary>
internal sealed class VirtualTimer(VirtualTime time, TimerCallback callback, object? state) : ITimer
{
    /// <summary>Which of its settings is the one that counts; an earlier one that is still in the queue fires nothing.</summary>
    public long Setting { get; set; }

    /// <summary>After which time it fires again; null for once.</summary>
    public TimeSpan? Period { get; private set; }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        Period = period > TimeSpan.Zero ? period : null;
        return time.Set(this, dueTime);
    }

    public void Fire() => callback(state);

    public void Dispose() => time.Forget(this);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
