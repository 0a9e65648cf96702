using System.Runtime.ExceptionServices;
using Gateway.Engine.Kernels.Cpu.Native;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>
/// Splits work over a bounded number of cores: the caller's and those of threads of its own. What one item computes never depends on how
/// the items were split, nor on who computed it.
/// </summary>
/// <remarks>
/// Work is cut into pieces, and whoever is free takes the next: a thread that is held up, or that still sleeps, holds up at most the
/// piece that it has. The caller takes part and comes back when all pieces are done. Threads wait for work actively for a moment,
/// since the next call of a forward pass comes within microseconds, then sleep: an idle engine burns no CPU.
/// Serves one caller at a time. The threads start with the first work that is worth sharing; nothing is allocated after that.
/// </remarks>
internal sealed class CpuTeam : IDisposable
{
    // Handing work to a thread that waits actively, and waiting for its end, takes about a microsecond (benchmarks/attention):
    // what one core multiplies and adds in that time.
    private const long WorthSharing = 40_000;

    // More pieces than threads, so that a thread that was held up elsewhere does not hold up the whole. Much work is cut into more, for
    // pieces are not alike: at the end one thread waits for the other by half a piece or so.
    private const int FewestPiecesPerThread = 4;
    private const int MostPiecesPerThread = 32;
    private const long WorthAPiece = 500_000;

    // Some 500 µs, since the runtime makes each spin take about as long on every processor: longer than most waits for the others' last
    // pieces and for what lies between the calls of a forward pass, shorter than what anybody would notice on an idle machine.
    private const int Spins = 12_500;

    [ThreadStatic]
    private static int _member;

    [ThreadStatic]
    private static bool _inside;

    private readonly bool _pin;
    private readonly bool _spins;
    private readonly object _sleep = new();
    private readonly object _finish = new();
    private PaddedCounter _unclaimed;
    private PaddedCounter _unfinished;
    private PaddedCounter _sleeping;
    private PaddedCounter _callerSleeps;
    private Thread[] _workers = [];
    private ITeamWork? _work;
    private Exception? _fault;
    private int _count;
    private int _alignment;
    private int _pieces;
    private int _inUse;
    private volatile bool _stopping;

    /// <param name="threads">How many threads compute, the caller's among them; at least 1.</param>
    /// <param name="pin">
    /// Whether the threads of its own stay each on one of the processors that this process may use. Where that is not possible they are
    /// left to the system.
    /// </param>
    public CpuTeam(int threads, bool pin = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        (Threads, _pin) = (threads, pin);

        // With more threads than processors, one that waits actively would keep another from its work.
        _spins = threads <= Environment.ProcessorCount;
    }

    /// <summary>
    /// Within <see cref="ITeamWork.Run"/>: which of the team's threads computes, from 0, the caller, to <see cref="Threads"/> − 1. For
    /// scratch memory of each thread's own.
    /// </summary>
    public static int Member => _member;

    public int Threads { get; }

    /// <summary>Runs <paramref name="work"/> over [0, <paramref name="count"/>), cut into ranges.</summary>
    /// <param name="count">Number of items.</param>
    /// <param name="multiplyAdds">Work over all items; little of it is not shared.</param>
    /// <param name="alignment">Ranges begin at multiples of this, so that tiles stay whole.</param>
    /// <param name="work">Computes items. What it throws comes out here, the first of several; ranges not yet begun are then left out.</param>
    /// <exception cref="InvalidOperationException">It is called from within a work, or while another thread's call is under way.</exception>
    /// <exception cref="ObjectDisposedException">The team is gone.</exception>
    public void For(int count, long multiplyAdds, int alignment, ITeamWork work)
    {
        ObjectDisposedException.ThrowIf(_stopping, this);
        if (_inside)
        {
            throw new InvalidOperationException("A work cannot hand work to a team: its threads are taken.");
        }

        if (Interlocked.Exchange(ref _inUse, 1) != 0)
        {
            throw new InvalidOperationException("The team serves one caller at a time.");
        }

        _inside = true;
        try
        {
            if (Threads == 1 || multiplyAdds < WorthSharing || count <= alignment)
            {
                work.Run(0, count);
            }
            else
            {
                if (_workers.Length == 0)
                {
                    StartWorkers();
                }

                Share(count, multiplyAdds, alignment, work);
            }
        }
        finally
        {
            _inside = false;
            Volatile.Write(ref _inUse, 0);
        }
    }

    /// <summary>Ends the threads. Not while a call is under way.</summary>
    public void Dispose()
    {
        _stopping = true;
        lock (_sleep)
        {
            Monitor.PulseAll(_sleep);
        }

        foreach (var worker in _workers)
        {
            worker.Join();
        }
    }

    private void StartWorkers()
    {
        var processors = _pin ? ProcessorAffinity.Allowed() : [];
        _workers = new Thread[Threads - 1];
        for (var i = 0; i < _workers.Length; i++)
        {
            var (member, processor) = (i + 1, processors.Length < Threads ? -1 : processors[i + 1]);
            _workers[i] = new Thread(() => Serve(member, processor)) { Name = $"engine worker {member}", IsBackground = true };
            _workers[i].Start();
        }
    }

    private void Share(int count, long multiplyAdds, int alignment, ITeamWork work)
    {
        var units = (count + alignment - 1) / alignment;
        (_work, _count, _alignment) = (work, count, alignment);
        _pieces = (int)Math.Min(units, Threads * Math.Clamp(multiplyAdds / WorthAPiece / Threads, FewestPiecesPerThread, MostPiecesPerThread));
        Volatile.Write(ref _unfinished.Value, _pieces);

        // From here on the pieces can be claimed. A full fence: either a worker about to sleep sees them, or it is seen here.
        Interlocked.Exchange(ref _unclaimed.Value, _pieces);
        if (Volatile.Read(ref _sleeping.Value) > 0)
        {
            lock (_sleep)
            {
                Monitor.PulseAll(_sleep);
            }
        }

        RunPieces();
        AwaitFinish();
        _work = null;
        if (_fault is { } fault)
        {
            _fault = null;
            ExceptionDispatchInfo.Throw(fault);
        }
    }

    /// <summary>
    /// Takes pieces until none is left. Whoever has claimed one may read the fields that describe the work: they change only after the last
    /// piece was finished, so a thread that comes late, to whichever work is then there, is in time.
    /// </summary>
    private void RunPieces()
    {
        while (Volatile.Read(ref _unclaimed.Value) > 0)
        {
            var left = Interlocked.Decrement(ref _unclaimed.Value);
            if (left < 0)
            {
                return;
            }

            RunPiece(_pieces - 1 - left);
            if (Interlocked.Decrement(ref _unfinished.Value) == 0 && Volatile.Read(ref _callerSleeps.Value) != 0)
            {
                lock (_finish)
                {
                    Monitor.Pulse(_finish);
                }
            }
        }
    }

    private void RunPiece(int piece)
    {
        if (Volatile.Read(ref _fault) is not null)
        {
            return;
        }

        var units = (long)((_count + _alignment - 1) / _alignment);
        var from = (int)(units * piece / _pieces) * _alignment;
        var to = Math.Min((int)(units * (piece + 1) / _pieces) * _alignment, _count);
        try
        {
            _work!.Run(from, to);
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _fault, exception, null);
        }
    }

    private void AwaitFinish()
    {
        if (_spins && SpinUntilZero(ref _unfinished.Value))
        {
            return;
        }

        lock (_finish)
        {
            Interlocked.Exchange(ref _callerSleeps.Value, 1);
            while (Volatile.Read(ref _unfinished.Value) != 0)
            {
                Monitor.Wait(_finish);
            }

            _callerSleeps.Value = 0;
        }
    }

    private void Serve(int member, int processor)
    {
        (_member, _inside) = (member, true);
        if (processor >= 0)
        {
            ProcessorAffinity.PinCurrentThread(processor);
        }

        while (!_stopping)
        {
            RunPieces();
            if (!_spins || !SpinUntilWork())
            {
                Sleep();
            }
        }
    }

    private void Sleep()
    {
        lock (_sleep)
        {
            Interlocked.Increment(ref _sleeping.Value);
            while (Volatile.Read(ref _unclaimed.Value) <= 0 && !_stopping)
            {
                Monitor.Wait(_sleep);
            }

            Interlocked.Decrement(ref _sleeping.Value);
        }
    }

    private bool SpinUntilWork()
    {
        for (var spin = 0; spin < Spins; spin++)
        {
            if (Volatile.Read(ref _unclaimed.Value) > 0 || _stopping)
            {
                return true;
            }

            Thread.SpinWait(1);
        }

        return false;
    }

    private static bool SpinUntilZero(ref int value)
    {
        for (var spin = 0; spin < Spins; spin++)
        {
            if (Volatile.Read(ref value) == 0)
            {
                return true;
            }

            Thread.SpinWait(1);
        }

        return false;
    }
}
