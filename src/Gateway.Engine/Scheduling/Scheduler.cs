using Gateway.Engine.KvCache;

namespace Gateway.Engine.Scheduling;

/// <summary>
/// Decides what each step computes. There are no phases: every step has one budget of tokens. First each answer that goes on gets its
/// token, then prompts get pieces in turn, so that a short prompt is not stuck behind long ones. When cache blocks run out, the running
/// sequence of the lowest rank that came last gives up its own and is recomputed later, from what of it the prefix cache still has.
/// The shape is vLLM's v1 scheduler (vllm/v1/core/sched/scheduler.py).
/// </summary>
/// <remarks>
/// Plain lists, no locks, no device, no clock, and no allocation while sequences only go on. A sequence must fit into the cache alone,
/// or it would wait for ever. With P prompts under way and D answers going on, a prompt has its turn at least every
/// ⌈P · MaxPrefillChunk / (MaxStepTokens − D)⌉ steps, and then for MaxPrefillChunk tokens or what is left of it.
/// </remarks>
internal sealed class Scheduler<TSequence>(BlockManager blocks, SchedulerLimits limits)
    where TSequence : Sequence
{
    // By rank, the highest first, then by arrival: whoever gives up blocks is at the end.
    private readonly List<TSequence> _running = new(limits.MaxRunning);

    // Running sequences with a prompt, or the recomputation of one, to finish: whose turn is next comes first.
    private readonly List<TSequence> _prefilling = new(limits.MaxRunning);
    private readonly FairQueue<TSequence> _waiting = new();
    private long _arrivals;

    public int RunningCount => _running.Count;

    public int WaitingCount => _waiting.Count;

    public bool HasWork => _running.Count + _waiting.Count > 0;

    public long Preemptions { get; private set; }

    /// <summary>What the prefix cache was asked for and gave.</summary>
    public PrefixCounters Prefixes { get; } = new();

    public IEnumerable<TSequence> Sequences => _running.Concat(_waiting.Sequences);

    public int WaitingWith(SchedulingPriority priority) => _waiting.Sequences.Count(sequence => sequence.Priority == priority);

    /// <summary>
    /// Whose place in a full queue a new sequence may have, so that one tenant cannot keep the others out; null: nobody's.
    /// See <see cref="FairQueue{TSequence}.FindDisplaceable"/>.
    /// </summary>
    public TSequence? FindDisplaceable(TSequence newcomer) => _waiting.FindDisplaceable(newcomer);

    public void Add(TSequence sequence)
    {
        sequence.Arrival = ++_arrivals;
        _waiting.Join(sequence);
    }

    /// <summary>Takes a sequence out, finished or not, and frees its blocks at once. False when it is not here any more.</summary>
    public bool Remove(TSequence sequence) => TakeOut(sequence, isTrusted: true);

    /// <summary>Takes out a sequence whose computation failed: what it left in the cache is not to be found. False when it is not here any more.</summary>
    public bool Discard(TSequence sequence) => TakeOut(sequence, isTrusted: false);

    /// <summary>
    /// Fills <paramref name="step"/> with what to compute next, and makes room in the cache for it. Each sequence's
    /// <see cref="Sequence.CachedTokens"/> counts the step's tokens from here on.
    /// </summary>
    public void Schedule(List<ScheduledSequence<TSequence>> step)
    {
        step.Clear();
        var budget = limits.MaxStepTokens;
        var preemptions = Preemptions;
        for (var i = 0; i < _running.Count; i++)
        {
            if (!_running[i].IsPrefilling && _running[i].MayGoOn && MakeRoom(i))
            {
                _running[i].Account!.ChargeAnswerToken();
                budget -= Take(_running[i], 1, step);
            }
        }

        // Whoever was just preempted would otherwise take the blocks that it had to give up.
        if (preemptions == Preemptions)
        {
            Admit();
        }

        AllotPrefill(budget);
        TakeTurns(step);
    }

    /// <summary>A step was collected: what it computed can be found from now on.</summary>
    public void Publish(in ScheduledSequence<TSequence> part)
    {
        var sequence = part.Sequence;
        if (part.Preemptions == sequence.Preemptions && sequence.BlockTable.Count > 0)
        {
            blocks.Publish(sequence.BlockTable, sequence.Scope, sequence.TokenIds[..(part.First + part.Tokens)]);
        }
    }

    /// <summary>Checks that all blocks are accounted for; see <see cref="BlockManager.CheckIntegrity"/>.</summary>
    /// <exception cref="InvalidOperationException">One is not, or a sequence that waits holds some.</exception>
    public void CheckIntegrity()
    {
        if (_waiting.Sequences.Any(sequence => sequence.BlockTable.Count > 0))
        {
            throw new InvalidOperationException("A waiting sequence holds KV cache blocks.");
        }

        blocks.CheckIntegrity(_running.Select(sequence => sequence.BlockTable));
    }

    private static int Take(TSequence sequence, int tokens, List<ScheduledSequence<TSequence>> step)
    {
        var (first, isPrefill) = (sequence.CachedTokens, sequence.IsPrefilling);
        sequence.CachedTokens += tokens;
        sequence.Allotted = 0;
        var completes = sequence.UncachedTokens == 0;
        sequence.IsPrefilling &= !completes;
        step.Add(new ScheduledSequence<TSequence>(sequence, first, tokens, isPrefill, completes, sequence.Preemptions));
        return tokens;
    }

    private bool TakeOut(TSequence sequence, bool isTrusted)
    {
        if (_running.Remove(sequence))
        {
            _prefilling.Remove(sequence);
        }
        else if (!_waiting.Remove(sequence))
        {
            return false;
        }

        _waiting.Leave(sequence);
        if (isTrusted)
        {
            blocks.Release(sequence.BlockTable);
        }
        else
        {
            blocks.Discard(sequence.BlockTable);
        }

        return true;
    }

    /// <summary>Preempts from the end until the sequence at <paramref name="index"/> has its blocks; false when it went itself.</summary>
    private bool MakeRoom(int index)
    {
        var sequence = _running[index];
        while (!blocks.TryGrow(sequence.BlockTable, sequence.TokenCount))
        {
            var last = _running[^1];
            Preempt(last);
            if (last == sequence)
            {
                return false;
            }
        }

        return true;
    }

    private void Preempt(TSequence sequence)
    {
        _running.RemoveAt(_running.Count - 1);
        _prefilling.Remove(sequence);
        blocks.Release(sequence.BlockTable);
        sequence.CachedTokens = 0;
        sequence.IsPrefilling = false;
        sequence.Preemptions++;
        Preemptions++;
        _waiting.Return(sequence);
    }

    /// <summary>
    /// Admits who is next while there are places and blocks, and nobody else meanwhile, so that a long prompt's time comes too. One block
    /// is left for each running sequence, or they would soon take back what was given.
    /// </summary>
    private void Admit()
    {
        while (_running.Count < limits.MaxRunning && _waiting.Next() is { } next)
        {
            next.BlockTable.Reserve((next.MaxTokenCount + blocks.BlockSize - 1) / blocks.BlockSize);
            if (blocks.TryAdmit(next.BlockTable, next.Scope, next.TokenIds, next.ReusableTokens, reserve: _running.Count) is not { } found)
            {
                return;
            }

            _waiting.Take(next);
            next.CachedTokens = found;
            next.IsPrefilling = true;
            if (!next.WasAdmitted)
            {
                Prefixes.Add(next.PromptLength, found);
                next.PrefixHitTokens = found;
                next.Account!.ChargePrompt(next.UncachedTokens);
                next.WasAdmitted = true;
            }

            Run(next);
        }
    }

    private void Run(TSequence sequence)
    {
        var place = _running.Count;
        while (place > 0 && GivesWay(_running[place - 1], sequence))
        {
            place--;
        }

        _running.Insert(place, sequence);
        _prefilling.Add(sequence);
    }

    private static bool GivesWay(TSequence running, TSequence other) =>
        running.Rank < other.Rank || (running.Rank == other.Rank && running.Arrival > other.Arrival);

    /// <summary>Whoever got something takes it, and goes to the end of the line with what is left to do.</summary>
    private void TakeTurns(List<ScheduledSequence<TSequence>> step)
    {
        for (var turns = _prefilling.Count; turns > 0 && _prefilling[0].Allotted > 0; turns--)
        {
            var sequence = _prefilling[0];
            _prefilling.RemoveAt(0);
            Take(sequence, sequence.Allotted, step);
            if (sequence.IsPrefilling)
            {
                _prefilling.Add(sequence);
            }
        }
    }

    /// <summary>Shares a budget among prompts: a chunk each, in turn, and what is then left to those whose turn comes first.</summary>
    private void AllotPrefill(int budget)
    {
        foreach (var sequence in _prefilling)
        {
            sequence.Allotted = Math.Min(Math.Min(sequence.UncachedTokens, limits.MaxPrefillChunk), budget);
            budget -= sequence.Allotted;
        }

        foreach (var sequence in _prefilling)
        {
            var more = Math.Min(sequence.UncachedTokens - sequence.Allotted, budget);
            sequence.Allotted += more;
            budget -= more;
        }
    }
}
