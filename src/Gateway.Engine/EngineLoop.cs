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
/// once: its block table stays as the pass reads it until the next step is chosen, and whoever gets the blocks next writes them before
/// reading them. While requests only go on, the loop allocates nothing.
/// Where the runner can, a step is started before the last one is collected; a sequence then goes on with a token that only the device
/// knows yet, and a step that turns out to be one too many for a sequence is thrown away for it.
/// </remarks>
internal sealed class EngineLoop : IAsyncDisposable
{
    // One failed step may be its requests' fault; several with no success between them are the model's.
    private const int MaxFailuresInARow = 3;

    private readonly object _lock = new();
    private readonly EngineSizes _sizes;
    private readonly IStepRunner _runner;
    private readonly TimeProvider _time;
    private readonly BlockManager _blocks;
    private readonly Scheduler<Generation> _scheduler;
    private readonly StepBatch _batch;
    private readonly LoopStep[] _steps;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LoopCounters _counters = new();
    private readonly BufferPool _buffers;
    private string? _fault;
    private int _failuresInARow;

    /// <param name="sizes">With the cache's.</param>
    /// <param name="runner">Runs the steps; owned.</param>
    /// <param name="model">The runner's.</param>
    /// <param name="time">Measures waits.</param>
    public EngineLoop(EngineSizes sizes, IStepRunner runner, ModelDescription model, TimeProvider time)
    {
        (_sizes, _runner, _time) = (sizes, runner, time);
        _blocks = new BlockManager(sizes.TotalBlocks, sizes.BlockSize);
        _scheduler = new Scheduler<Generation>(
            _blocks, new SchedulerLimits(sizes.MaxStepTokens, sizes.MaxRunningSequences, sizes.MaxPrefillChunk));
        _buffers = new BufferPool(model.ContextLength, model.VocabularySize);
        _batch = new StepBatch(sizes.MaxStepTokens);
        _steps = [new LoopStep(sizes.MaxRunningSequences), new LoopStep(sizes.MaxRunningSequences)];
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

    /// <summary>Ends with the engine's thread.</summary>
    public Task Completion => _ended.Task;

    public EngineStatistics Statistics
    {
        get
        {
            lock (_lock)
            {
                return new EngineStatistics
                {
                    Running = _scheduler.RunningCount,
                    Waiting = _scheduler.WaitingCount,
                    Priorities =
                    [
                        .. Enum.GetValues<SchedulingPriority>().Select(
                            priority => new PriorityStatistics(priority, _scheduler.WaitingWith(priority), _counters.WaitOf(priority).Snapshot())),
                    ],
                    FreeBlocks = _blocks.FreeBlocks,
                    CachedBlocks = _blocks.CachedBlocks,
                    HeldBlocks = _blocks.HeldBlocks,
                    TotalBlocks = _blocks.TotalBlocks,
                    Steps = _counters.Steps,
                    PrefillTokens = _counters.PrefillTokens,
                    DecodeTokens = _counters.DecodeTokens,
                    TokensGenerated = _counters.TokensGenerated,
                    Preemptions = _scheduler.Preemptions,
                    PrefixQueries = _scheduler.Prefixes.Queries,
                    PrefixHits = _scheduler.Prefixes.Hits,
                    PrefixQueryTokens = _scheduler.Prefixes.QueryTokens,
                    PrefixHitTokens = _scheduler.Prefixes.HitTokens,
                    PrefixEvictions = _blocks.Evictions,
                    BatchSize = _counters.BatchSize.Snapshot(),
                    TimeToFirstToken = _counters.TimeToFirstToken.Snapshot(),
                    TimePerToken = _counters.TimePerToken.Snapshot(),
                };
            }
        }
    }

    /// <summary>Adds a request; in a full queue it may take the place of one whose tenant has more of them waiting, which then fails.</summary>
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

            if (_scheduler.RunningCount + _scheduler.WaitingCount >= _sizes.MaxRunningSequences + _sizes.MaxWaitingRequests)
            {
                var displaced = _scheduler.FindDisplaceable(generation) ?? throw new EngineOverloadedException(_sizes.MaxWaitingRequests);
                Remove_NeedsLock(displaced);
                displaced.Fail(new EngineOverloadedException(_sizes.MaxWaitingRequests));
            }

            generation.Clock.Start(_time.GetTimestamp());
            _scheduler.Add(generation);
            Monitor.Pulse(_lock);
        }
    }

    /// <summary>Takes a request out and frees its blocks; no effect on one that has ended.</summary>
    public void Cancel(Generation generation)
    {
        lock (_lock)
        {
            if (Remove_NeedsLock(generation))
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

        await Completion.ConfigureAwait(false);
    }

    private void Run()
    {
        try
        {
            LoopStep? underWay = null;
            for (var turn = 0; Schedule(_steps[turn], mayWait: underWay is null); turn ^= 1)
            {
                var started = Start(_steps[turn]);
                if (_runner.RunsAhead)
                {
                    (started, underWay) = (underWay, started);
                }

                if (started is not null)
                {
                    Collect(started);
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

    /// <summary>Lays out the next step, which is empty when there is nothing to do now; false when the engine is to end.</summary>
    private bool Schedule(LoopStep step, bool mayWait)
    {
        step.Clear();
        lock (_lock)
        {
            while (mayWait && !_scheduler.HasWork && _fault is null)
            {
                Monitor.Wait(_lock);
            }

            if (_fault is not null)
            {
                return false;
            }

            _scheduler.Schedule(step.Parts);
            _batch.Clear();
            foreach (var part in step.Parts)
            {
                Add_NeedsLock(part, step);
            }

            return true;
        }
    }

    private void Add_NeedsLock(in ScheduledSequence<Generation> part, LoopStep step)
    {
        var sequence = part.Sequence;
        if (sequence.Clock.BeginService(_time) is { } waited)
        {
            _counters.WaitOf(sequence.Priority).Add(waited);
            if (sequence.Reading is null)
            {
                sequence.Use(_buffers.Rent());
            }
        }

        var draws = part.Completes && sequence.Reading is null;
        _batch.Add(sequence.TokenIds.Slice(part.First, part.Tokens), part.First, sequence.BlockTable.Blocks, draws ? 1 : 0, sequence.Adapter);
        if (draws)
        {
            Draw_NeedsLock(sequence, step);
        }
        else if (sequence.Reading is { } reading)
        {
            _batch.Read(reading, part.First);
        }
    }

    private void Draw_NeedsLock(Generation sequence, LoopStep step)
    {
        var draw = sequence.NextDraw;
        if (draw.PendingRow is { } row)
        {
            _batch.SetPending(row);
        }

        sequence.LastRow = step.Add(draw);
        sequence.AppendPending();
    }

    /// <summary>Starts a step; null when there is none, or it could not be started.</summary>
    private LoopStep? Start(LoopStep step)
    {
        if (step.Parts.Count == 0)
        {
            return null;
        }

        try
        {
            _runner.Start(_batch, step.Draws);
            return step;
        }
        catch (Exception exception)
        {
            FailStep(step, exception);
            return null;
        }
    }

    /// <summary>Waits for a step, and hands a token to every sequence that has all of its tokens computed.</summary>
    private void Collect(LoopStep step)
    {
        try
        {
            _runner.Collect(step.Draws, step.Drawn);
        }
        catch (Exception exception)
        {
            FailStep(step, exception);
            return;
        }

        _failuresInARow = 0;
        lock (_lock)
        {
            var (now, row) = (_time.GetTimestamp(), 0);
            _counters.AddStep(step.Parts);
            foreach (var part in step.Parts)
            {
                _scheduler.Publish(part);
                if (part.Completes)
                {
                    Postprocess_NeedsLock(part.Sequence, part.Sequence.Reading is null ? step.Drawn[row++] : null, now);
                }
            }
        }
    }

    /// <param name="sequence">All of its tokens are computed.</param>
    /// <param name="drawn">The token that follows them; null when its prompt was only to be read.</param>
    /// <param name="now">When the step was collected.</param>
    private void Postprocess_NeedsLock(Generation sequence, Drawn? drawn, long now)
    {
        if (sequence.HasEnded)
        {
            return;
        }

        try
        {
            if (drawn is { } chosen)
            {
                Deliver_NeedsLock(sequence, chosen, now);
            }
            else
            {
                sequence.EndReading();
                Remove_NeedsLock(sequence);
            }
        }
        catch (EngineException exception)
        {
            Fail_NeedsLock(sequence, exception);
        }
    }

    private void Deliver_NeedsLock(Generation sequence, Drawn drawn, long now)
    {
        var token = sequence.Accept(drawn);
        if (sequence.Deliver(token))
        {
            var (isFirst, seconds) = sequence.Clock.AddToken(_time, now);
            _counters.AddToken(isFirst, seconds);
        }

        if (token.Finish is not null)
        {
            Remove_NeedsLock(sequence);
        }
    }

    private void FailStep(LoopStep step, Exception exception)
    {
        lock (_lock)
        {
            foreach (var part in step.Parts)
            {
                Fail_NeedsLock(part.Sequence, new EngineException("The model failed to compute this request: " + exception.Message, exception));
            }

            if (++_failuresInARow >= MaxFailuresInARow)
            {
                Stop_NeedsLock($"The engine stopped: {MaxFailuresInARow} steps in a row failed; the last: {exception.Message}", exception);
            }
        }
    }

    /// <summary>Nobody is to find what a failed request left in the cache.</summary>
    private void Fail_NeedsLock(Generation sequence, EngineException exception)
    {
        _scheduler.Discard(sequence);
        TakeBack_NeedsLock(sequence);
        sequence.Fail(exception);
    }

    /// <summary>Takes a request out, and takes back all that it used; false when it is not here any more.</summary>
    private bool Remove_NeedsLock(Generation sequence)
    {
        TakeBack_NeedsLock(sequence);
        return _scheduler.Remove(sequence);
    }

    private void TakeBack_NeedsLock(Generation sequence)
    {
        if (sequence.GiveUpBuffers() is { } buffers)
        {
            _buffers.Return(buffers);
        }
    }

    private void Stop_NeedsLock(string reason, Exception? cause)
    {
        _fault ??= reason;
        foreach (var sequence in _scheduler.Sequences.ToList())
        {
            Remove_NeedsLock(sequence);
            sequence.Fail(cause is null ? new EngineException(reason) : new EngineException(reason, cause));
        }

        Monitor.Pulse(_lock);
    }
}
