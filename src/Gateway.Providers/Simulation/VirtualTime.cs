namespace Gateway.Providers.Simulation;

/// <summary>
/// A clock that stands still while anything is being done and leaps to the next timer when nothing is: hours pass in a moment, and
/// the same work takes the same course each time. Timers fire in the order of their due times, those of one time in the order in which
/// they were set, all on one thread.
/// </summary>
public class VirtualTime : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<(VirtualTimer Timer, long Setting), (long Due, long Setting)> _timers = new();
    private readonly DateTimeOffset _start;
    private long _now;
    private long _settings;

    /// <param name="start">What the clock shows at the beginning; the beginning of 2026 when null.</param>
    public VirtualTime(DateTimeOffset? start = null) => _start = start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Virtual time since the beginning.</summary>
    public TimeSpan Elapsed => TimeSpan.FromTicks(Volatile.Read(ref _now));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp() => Volatile.Read(ref _now);

    public override DateTimeOffset GetUtcNow() => _start + Elapsed;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Runs work to its end, and the clock with it.</summary>
    /// <param name="work">Must wait for this clock and nothing else, and stay on its thread: no input or output, no other clock, no thread pool.</param>
    /// <exception cref="VirtualTimeException">It waits for something that no timer will bring about, or has left the thread.</exception>
    public async Task RunAsync(Func<Task> work)
    {
        ArgumentNullException.ThrowIfNull(work);

        // A thread of its own, without a synchronization context: there, what waited for a timer goes on inside the timer's callback.
        var run = Task.Factory.StartNew(() => new VirtualRun(this).Drive(work), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await (await run.ConfigureAwait(false)).ConfigureAwait(false);
    }

    internal bool Set(VirtualTimer timer, TimeSpan dueTime)
    {
        lock (_lock)
        {
            if (timer.Setting < 0)
            {
                return false;
            }

            timer.Setting = ++_settings;
            if (dueTime >= TimeSpan.Zero)
            {
                _timers.Enqueue((timer, timer.Setting), (_now + dueTime.Ticks, timer.Setting));
            }

            return true;
        }
    }

    internal void Forget(VirtualTimer timer)
    {
        lock (_lock)
        {
            timer.Setting = -1;
        }
    }

    /// <summary>Leaps to the next timer and fires it; false when none is set.</summary>
    internal bool TryAdvance()
    {
        VirtualTimer timer;
        lock (_lock)
        {
            Drop_NeedsLock();
            if (!_timers.TryDequeue(out var next, out var order))
            {
                return false;
            }

            Volatile.Write(ref _now, order.Due);
            timer = next.Timer;
            timer.Setting = ++_settings;
            if (timer.Period is { } period)
            {
                _timers.Enqueue((timer, timer.Setting), (order.Due + period.Ticks, timer.Setting));
            }
        }

        timer.Fire();
        return true;
    }

    /// <summary>Takes settings that no longer count off the head of the queue.</summary>
    private void Drop_NeedsLock()
    {
        while (_timers.TryPeek(out var head, out _) && head.Setting != head.Timer.Setting)
        {
            _timers.Dequeue();
        }
    }
}
