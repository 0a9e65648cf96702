using System.Runtime.CompilerServices;

namespace Gateway.Providers.Simulation;

/// <summary>
/// Drives work on virtual time. The work's steps run inside the callbacks of the clock's timers, so that when a callback returns nothing
/// is left to be done at that time. Should a step leave for the thread pool all the same, the clock waits for it: an ambient value that
/// flows with the work tells when one of its steps enters and leaves another thread.
/// </summary>
internal sealed class VirtualRun
{
    /// <summary>How long work that is neither done nor waiting for a timer may take, in seconds of the real clock.</summary>
    private const int PatienceSeconds = 5;

    /// <summary>How often in a row nothing must be found of the work where others keep the pool busy, whose steps cannot be told from its own.</summary>
    private const int QuietLooks = 50;

    private readonly VirtualTime _time;
    private readonly AsyncLocal<VirtualRun?> _flow;
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private int _elsewhere;
    private int _entries;

    public VirtualRun(VirtualTime time)
    {
        _time = time;
        _flow = new AsyncLocal<VirtualRun?>(OnSwitch);
    }

    /// <summary>Returns the work's task when it has ended.</summary>
    public Task Drive(Func<Task> work)
    {
        _flow.Value = this;
        var task = work();
        while (true)
        {
            Settle();
            if (task.IsCompleted)
            {
                return task;
            }

            if (!_time.TryAdvance() && !WaitForWork(task))
            {
                throw new VirtualTimeException(
                    $"After {_time.Elapsed.TotalSeconds} s of virtual time the work is neither done nor waiting for a timer: "
                    + "it waits for something other than this clock.");
            }
        }
    }

    private void OnSwitch(AsyncLocalValueChangedArgs<VirtualRun?> change)
    {
        if (!change.ThreadContextChanged || Environment.CurrentManagedThreadId == _thread)
        {
            return;
        }

        if (change.CurrentValue == this)
        {
            Interlocked.Increment(ref _entries);
            Interlocked.Increment(ref _elsewhere);
        }
        else if (change.PreviousValue == this)
        {
            Interlocked.Decrement(ref _elsewhere);
        }
    }

    /// <summary>Waits until no step of the work runs, or is about to run, on another thread.</summary>
    private void Settle()
    {
        if (ThreadPool.PendingWorkItemCount > 0)
        {
            WaitForQueue();
        }

        var spin = new SpinWait();
        var since = TimeProvider.System.GetTimestamp();
        for (var quiet = 0; Volatile.Read(ref _entries) > 0 && quiet < QuietLooks && !IsPoolIdle() && !IsOverdue(since);)
        {
            quiet = Volatile.Read(ref _elsewhere) == 0 && ThreadPool.PendingWorkItemCount == 0 ? quiet + 1 : 0;
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    /// <summary>
    /// Whether no step of the work is on the pool. One that no thread runs yet waits in the queue, or a thread has taken it and counts as busy; one
    /// that left there to queue another in between has entered, which <see cref="_entries"/> shows.
    /// </summary>
    private bool IsPoolIdle()
    {
        var entries = Volatile.Read(ref _entries);
        return Volatile.Read(ref _elsewhere) == 0 && ThreadPool.PendingWorkItemCount == 0 && BusyThreads() == 0 && Volatile.Read(ref _entries) == entries;
    }

    private static int BusyThreads()
    {
        ThreadPool.GetMaxThreads(out var most, out _);
        ThreadPool.GetAvailableThreads(out var available, out _);
        return most - available;
    }

    /// <summary>The pool's queue is first in, first out: when what is put in now has come out, so has every step that was in it.</summary>
    private static void WaitForQueue()
    {
        var last = new StrongBox<bool>();
        ThreadPool.UnsafeQueueUserWorkItem(static box => Volatile.Write(ref box.Value, true), last, preferLocal: false);
        var spin = new SpinWait();
        var since = TimeProvider.System.GetTimestamp();
        while (!Volatile.Read(ref last.Value) && !IsOverdue(since))
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    private static bool IsOverdue(long since) => TimeProvider.System.GetElapsedTime(since).TotalSeconds > PatienceSeconds;

    /// <summary>Waits for the work to end or to set a timer; false when it does neither.</summary>
    private bool WaitForWork(Task task)
    {
        var spin = new SpinWait();
        var since = TimeProvider.System.GetTimestamp();
        while (!task.IsCompleted && !_time.HasTimer())
        {
            if (IsOverdue(since))
            {
                return false;
            }

            spin.SpinOnce();
        }

        return true;
    }
}
