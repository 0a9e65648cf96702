using Gateway.Engine.KvCache;
using Gateway.Engine.Scheduling;
using Xunit;

namespace Gateway.Engine.Tests.Scheduling;

/// <summary>Random requests on a scheduler of random size, with steps that are collected at once or, as on a GPU, one step later.</summary>
internal sealed class SchedulerRun
{
    private readonly Random _random;
    private readonly bool _runsAhead;
    private readonly SchedulerLimits _limits;
    private readonly Queue<Request> _arrivals;
    private readonly List<Request> _present = [];
    private readonly Row[] _rows;
    private List<ScheduledSequence<Request>> _underWay = [];

    public SchedulerRun(Random random)
    {
        _random = random;
        _runsAhead = random.Next(2) == 0;
        var (blockSize, totalBlocks) = (random.Next(1, 5), random.Next(4, 14));
        _limits = new SchedulerLimits(random.Next(5, 12), random.Next(1, 5), random.Next(1, 8));
        Blocks = new BlockManager(totalBlocks, blockSize);
        Scheduler = new Scheduler<Request>(Blocks, _limits);
        _rows = new Row[totalBlocks * blockSize];
        var context = totalBlocks * blockSize;
        _arrivals = new Queue<Request>(Enumerable.Range(0, random.Next(1, 12)).Select(_ => NewRequest(context)));
    }

    public BlockManager Blocks { get; }

    public Scheduler<Request> Scheduler { get; }

    public void ToEnd()
    {
        for (var steps = 0; _arrivals.Count + _present.Count > 0; steps++)
        {
            Assert.True(steps < 20_000, "no end");
            if (_arrivals.Count > 0 && _random.Next(3) == 0)
            {
                _present.Add(_arrivals.Dequeue());
                Scheduler.Add(_present[^1]);
            }

            var step = Start();
            var collected = _runsAhead ? _underWay : step;
            if (_random.Next(20) == 0 && _present.Count > 0)
            {
                End(_present[_random.Next(_present.Count)]);
            }

            _underWay = step;
            Collect(collected);
            Scheduler.CheckIntegrity();
        }

        Assert.False(Scheduler.HasWork);
        Assert.Equal((0, Blocks.TotalBlocks), (Blocks.HeldBlocks, Blocks.FreeBlocks + Blocks.CachedBlocks));
    }

    /// <summary>Prompts over few beginnings, so that many share some of theirs.</summary>
    private Request NewRequest(int context)
    {
        var length = _random.Next(1, context);
        var (beginning, own) = (_random.Next(2), _random.Next(0, length + 1));
        return new Request([.. Enumerable.Range(0, length).Select(i => i < length - own ? beginning : _random.Next(3))])
        {
            Tenant = "tenant " + _random.Next(3),
            Priority = (SchedulingPriority)_random.Next(3),
            Scope = _random.Next(4) == 0 ? new CacheScope("salt") : CacheScope.Shared,
            Remaining = _random.Next(1, context - length + 1),
        };
    }

    private List<ScheduledSequence<Request>> Start()
    {
        List<ScheduledSequence<Request>> step = [];
        var before = _present.ToDictionary(sequence => sequence, sequence => (sequence.CachedTokens, sequence.IsPrefilling || sequence.BlockTable.Count == 0));
        Scheduler.Schedule(step);
        Scheduler.CheckIntegrity();
        Assert.InRange(step.Sum(part => part.Tokens), 0, _limits.MaxStepTokens);
        Assert.InRange(Scheduler.RunningCount, 0, _limits.MaxRunning);
        Assert.Equal(step.Count, step.DistinctBy(part => part.Sequence).Count());
        foreach (var part in step)
        {
            var (cached, isNew) = before[part.Sequence];
            Assert.True(part.First == cached || (isNew && part.First > cached), "tokens were passed over");
            Assert.Equal(part.First + part.Tokens, part.Sequence.CachedTokens);
            Assert.True(part.Tokens == 1 || part.IsPrefill);
            Write(part);
        }

        foreach (var part in step)
        {
            Read(part);
            if (part.Completes)
            {
                part.Sequence.Foresee();
                part.Sequence.AppendPending();
            }
        }

        return step;
    }

    private void Write(ScheduledSequence<Request> part)
    {
        for (var position = part.First; position < part.First + part.Tokens; position++)
        {
            _rows[RowOf(part.Sequence, position)] = part.Sequence.RowAt(position);
        }
    }

    private void Read(ScheduledSequence<Request> part)
    {
        for (var position = 0; position < part.First + part.Tokens; position++)
        {
            Assert.Equal(part.Sequence.RowAt(position), _rows[RowOf(part.Sequence, position)]);
        }
    }

    private int RowOf(Request sequence, int position) =>
        (sequence.BlockTable.Held[position / Blocks.BlockSize] * Blocks.BlockSize) + (position % Blocks.BlockSize);

    private void Collect(List<ScheduledSequence<Request>> step)
    {
        foreach (var part in step)
        {
            Scheduler.Publish(part);
            if (part.Completes && _present.Contains(part.Sequence))
            {
                part.Sequence.Resolve();
                if (part.Sequence.Remaining == 0)
                {
                    End(part.Sequence);
                }
            }
        }
    }

    private void End(Request sequence)
    {
        Assert.True(_random.Next(10) == 0 ? Scheduler.Discard(sequence) : Scheduler.Remove(sequence));
        _present.Remove(sequence);
    }

    /// <summary>What a row of the cache was computed from: the scope and a digest of all tokens up to its own.</summary>
    internal readonly record struct Row(string? Salt, long Prefix);

    /// <summary>A sequence whose next token follows from its prefix alone, as a greedy model's does.</summary>
    internal sealed class Request(int[] prompt) : Sequence(prompt)
    {
        private readonly List<int> _truth = [.. prompt];

        /// <summary>Tokens to come.</summary>
        public int Remaining { get; set; }

        public override bool MayGoOn => PendingCount < Remaining;

        public Row RowAt(int position) => new(Scope.Salt, Digest(position + 1));

        /// <summary>The token that the step just laid out will choose.</summary>
        public void Foresee() => _truth.Add((int)((ulong)Digest(TokenCount) % 3));

        public void Resolve()
        {
            Resolve(_truth[TokenCount - PendingCount]);
            Remaining--;
        }

        private long Digest(int tokens) => _truth.Take(tokens).Aggregate(17L, (digest, token) => unchecked((digest * 1_000_003) ^ (token + 1)));
    }
}
