namespace Gateway.Providers.Simulation;

/// <summary>
/// Drives work on virtual time. The work's steps run inside the callbacks of the clock's timers, so that when a callback returns nothing
/// is left to be done at that time. A step that leaves for another thread breaks that: an ambient value that flows with the work tells of
/// it, and the run fails rather than show a time that depends on which thread was faster.
/// </summary>
internal sealed class VirtualRun
{
    private readonly VirtualTime _time;
    private readonly AsyncLocal<VirtualRun?> _flow;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private bool _hasLeft;

    public VirtualRun(VirtualTime time)
    {
        _time = time;
        _flow = new AsyncLocal<VirtualRun?>(OnSwitch);
    }

    /// <summary>Returns the work's task when it has ended.</summary>
    /// <exception cref="VirtualTimeException">The work came to a standstill, or one of its steps ran elsewhere.</exception>
    public Task Drive(Func<Task> work)
    {
        _flow.Value = this;
        var task = work();
        while (!task.IsCompleted && !Volatile.Read(ref _hasLeft) && _time.TryAdvance())
        {
        }

        return task.IsCompleted && !Volatile.Read(ref _hasLeft)
            ? task
            : throw new VirtualTimeException(
                $"After {_time.Elapsed.TotalSeconds} s of virtual time the work waits for something other than this clock, or has left its thread "
                + "(Task.Run, Task.Yield, a Task.Delay that was cancelled).");
    }

    private void OnSwitch(AsyncLocalValueChangedArgs<VirtualRun?> change)
    {
        if (change.CurrentValue == this && Environment.CurrentManagedThreadId != _thread)
        {
            Volatile.Write(ref _hasLeft, true);
        }
    }
}
