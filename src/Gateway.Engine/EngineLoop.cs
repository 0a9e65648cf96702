using Gateway.Engine.Execution;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;
using Gateway.Engine.Scheduling;

namespace Gateway.Engine;

/// <summary>
/// The engine's own thread: schedule, run, postprocess, again and again while there is work.
/// </summary>
/// <remarks>
/// One lock guards the scheduler. It is held while a step is chosen and while its results are handed out, never during a forward
/// pass, so that submitting and cancelling do not wait for the model. A sequence that is cancelled during a pass loses its blocks at
/// once: the pass works on its own copy of the block table, and whoever gets the blocks next writes them before reading them.
/// </remarks>
internal sealed class EngineLoop : IAsyncDisposable
{
    // One failed step may be its requests' fault; several with no success between them are the model's.
    private const int MaxFailuresInARow = 3;

    private readonly object _lock = new();
    private readonly EngineOptions _options;
    private readonly IStepRunner _runner;
    private readonly BlockManager _blocks;
    private readonly Scheduler<Generation> _scheduler;
    private readonly StepBatch _batch;
    private readonly Draw[] _draws;
    private readonly Drawn[] _drawn;
    private readonly List<ScheduledSequence<Generation>> _step = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _fault;
    private int _drawCount;
    private int _failuresInARow;
    private long _steps;
    private long _tokensComputed;
    private long _tokensGenerated;

    public EngineLoop(EngineOptions options, IStepRunner runner)
    {
        _options = options;
        _runner = runner;
        _blocks = new BlockManager(options.TotalBlocks, options.BlockSize);
        _scheduler = new Scheduler<Generation>(_blocks, options.MaxStepTokens, options.MaxRunningSequences);
        _batch = new StepBatch(options.MaxStepTokens);
        _draws = new Draw[options.MaxRunningSequences];
        _drawn = new Drawn[options.MaxRunningSequences];
        new Thread(Run) { Name = "inference engine", IsBackground = true }.Start();
    }

    public string? Fault
    {
        get
        {
            lock (_lock)
            {
                return _fault;
            }
        }
    }

    public EngineStatistics Statistics
    {
        get
        {
            lock (_lock)
            {
                return new EngineStatistics(
                    _scheduler.RunningCount, _scheduler.WaitingCount, _blocks.FreeBlocks, _blocks.TotalBlocks,
                    _steps, _tokensComputed, _tokensGenerated, _scheduler.Preemptions);
            }
        }
    }

    /// <exception cref="EngineOverloadedException">The queue is full.</exception>
    /// <exception cref="EngineException">The engine has stopped.</exception>
    public void Submit(Generation generation)
    {
        lock (_lock)
        {
            if (_fault is not null)
            {
                throw new EngineException(_fault);
            }

            if (_scheduler.RunningCount + _scheduler.WaitingCount >= _options.MaxRunningSequences + _options.MaxWaitingRequests)
            {
                throw new EngineOverloadedException(_options.MaxWaitingRequests);
            }

            _scheduler.Add(generation);
            Monitor.Pulse(_lock);
        }
    }

    /// <summary>Takes a request out and frees its blocks; no effect on one that has ended.</summary>
    public void Cancel(Generation generation)
    {
        lock (_lock)
        {
            if (_scheduler.Remove(generation))
            {
                generation.Fail(new OperationCanceledException("The request was cancelled."));
            }
        }
    }

    public void CheckIntegrity()
    {
        lock (_lock)
        {
            _scheduler.CheckIntegrity();
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            Stop_NeedsLock("The engine was shut down.", null);
        }

        await _ended.Task.ConfigureAwait(false);
    }

    private void Run()
    {
        try
        {
            while (Schedule())
            {
                try
                {
                    _runner.Run(_batch, _draws.AsSpan(0, _drawCount), _drawn.AsSpan(0, _drawCount));
                    Postprocess();
                    _failuresInARow = 0;
                }
                catch (Exception exception)
                {
                    FailStep(exception);
                }
            }
        }
        catch (Exception exception)
        {
            lock (_lock)
            {
                Stop_NeedsLock("The engine stopped: " + exception.Message, exception);
            }
        }
        finally
        {
            _runner.Dispose();
            _ended.SetResult();
        }
    }

    /// <summary>Waits for work and lays out the next step; false when the engine is to end.</summary>
    private bool Schedule()
    {
        lock (_lock)
        {
            while (!_scheduler.HasWork && _fault is null)
            {
                Monitor.Wait(_lock);
            }

            if (_fault is not null)
            {
                return false;
            }

            _scheduler.Schedule(_step);
            _batch.Clear();
            _drawCount = 0;
            foreach (var (sequence, tokens, completes) in _step)
            {
                var first = sequence.CachedTokens - tokens;
                _batch.Add(sequence.TokenIds.Slice(first, tokens), first, [.. sequence.BlockTable], completes ? 1 : 0);
                if (completes)
                {
                    _draws[_drawCount++] = sequence.NextDraw;
                }
            }

            return true;
        }
    }

    /// <summary>Hands a token to every sequence that has all of its tokens computed.</summary>
    private void Postprocess()
    {
        var row = 0;
        foreach (var (sequence, _, completes) in _step)
        {
            if (completes)
            {
                PostprocessSequence(sequence, _drawn[row++]);
            }
        }

        lock (_lock)
        {
            _steps++;
            _tokensComputed += _batch.TokenCount;
        }
    }

    private void PostprocessSequence(Generation sequence, Drawn drawn)
    {
        try
        {
            var token = sequence.Accept(drawn);
            lock (_lock)
            {
                _tokensGenerated += sequence.Deliver(token) ? 1 : 0;
                if (token.Finish is not null)
                {
                    _scheduler.Remove(sequence);
                }
            }
        }
        catch (EngineException exception)
        {
            Fail(sequence, exception);
        }
    }

    private void FailStep(Exception exception)
    {
        foreach (var (sequence, _, _) in _step)
        {
            Fail(sequence, new EngineException("The model failed to compute this request: " + exception.Message, exception));
        }

        if (++_failuresInARow >= MaxFailuresInARow)
        {
            lock (_lock)
            {
                Stop_NeedsLock($"The engine stopped: {MaxFailuresInARow} steps in a row failed; the last: {exception.Message}", exception);
            }
        }
    }

    private void Fail(Generation sequence, EngineException exception)
    {
        lock (_lock)
        {
            _scheduler.Remove(sequence);
            sequence.Fail(exception);
        }
    }

    private void Stop_NeedsLock(string reason, Exception? cause)
    {
        _fault ??= reason;
        foreach (var sequence in _scheduler.Sequences.ToList())
        {
            _scheduler.Remove(sequence);
            sequence.Fail(cause is null ? new EngineException(reason) : new EngineException(reason, cause));
        }

        Monitor.Pulse(_lock);
    }
}
