using Gateway.Engine.KvCache;

namespace Gateway.Engine.Scheduling;

/// <summary>
/// Decides what each step computes. There are no phases: every step has one budget of tokens, shared by running sequences (first)
/// and waiting ones (first come, first served), and a long prompt is computed in pieces as the budget allows. When cache blocks run
/// out, the youngest running sequence gives up its own and is recomputed later. The shape is vLLM's v1 scheduler
/// (vllm/v1/core/sched/scheduler.py).
/// </summary>
/// <remarks>Plain lists, no locks, no device. A sequence must fit into the cache alone, or it would wait for ever.</remarks>
internal sealed class Scheduler<TSequence>(BlockManager blocks, int maxStepTokens, int maxRunning)
    where TSequence : Sequence
{
    private readonly List<TSequence> _running = [];
    private readonly LinkedList<TSequence> _waiting = [];

    public int RunningCount => _running.Count;

    public int WaitingCount => _waiting.Count;

    public bool HasWork => _running.Count + _waiting.Count > 0;

    public long Preemptions { get; private set; }

    public IEnumerable<TSequence> Sequences => _running.Concat(_waiting);

    public void Add(TSequence sequence) => _waiting.AddLast(sequence);

    /// <summary>Takes a sequence out, finished or not, and frees its blocks at once. False when it is not here any more.</summary>
    public bool Remove(TSequence sequence)
    {
        if (!_running.Remove(sequence) && !_waiting.Remove(sequence))
        {
            return false;
        }

        blocks.Release(sequence.BlockTable);
        return true;
    }

    /// <summary>
    /// Fills <paramref name="step"/> with what to compute next, and makes room in the cache for it. Each sequence's
    /// <see cref="Sequence.CachedTokens"/> counts the step's tokens from here on.
    /// </summary>
    public void Schedule(List<ScheduledSequence<TSequence>> step)
    {
        step.Clear();
        var budget = maxStepTokens;
        var preemptions = Preemptions;
        for (var i = 0; i < _running.Count && budget > 0; i++)
        {
            if (_running[i].MayGoOn && MakeRoom(i))
            {
                budget -= Take(_running[i], budget, step);
            }
        }

        // Whoever was just preempted would otherwise take the blocks that it had to give up.
        while (preemptions == Preemptions && budget > 0 && _running.Count < maxRunning && _waiting.First?.Value is { } next
            && blocks.TryGrow(next.BlockTable, next.TokenCount))
        {
            _waiting.RemoveFirst();
            _running.Add(next);
            budget -= Take(next, budget, step);
        }
    }

    /// <summary>Checks that every block is free or held by one running sequence.</summary>
    /// <exception cref="InvalidOperationException">A block is lost or held twice.</exception>
    public void CheckIntegrity() => blocks.CheckIntegrity(Sequences.Select(sequence => sequence.BlockTable));

    private static int Take(TSequence sequence, int budget, List<ScheduledSequence<TSequence>> step)
    {
        var tokens = Math.Min(sequence.UncachedTokens, budget);
        sequence.CachedTokens += tokens;
        step.Add(new ScheduledSequence<TSequence>(sequence, tokens, sequence.UncachedTokens == 0));
        return tokens;
    }

    /// <summary>Preempts from the tail until the sequence at <paramref name="index"/> has its blocks; false when it went itself.</summary>
    private bool MakeRoom(int index)
    {
        var sequence = _running[index];
        while (!blocks.TryGrow(sequence.BlockTable, sequence.TokenCount))
        {
            var youngest = _running[^1];
            _running.RemoveAt(_running.Count - 1);
            blocks.Release(youngest.BlockTable);
            youngest.CachedTokens = 0;
            _waiting.AddFirst(youngest);
            Preemptions++;
            if (youngest == sequence)
            {
                return false;
            }
        }

        return true;
    }
}
