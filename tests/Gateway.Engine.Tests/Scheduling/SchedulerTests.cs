using Gateway.Engine.KvCache;
using Gateway.Engine.Scheduling;
using Xunit;

namespace Gateway.Engine.Tests.Scheduling;

public sealed class SchedulerTests
{
    private readonly List<ScheduledSequence<Sequence>> _step = [];

    [Fact]
    public void Schedule_LongPrompt_IsCutToTheBudget()
    {
        var scheduler = Scheduler(8, 4, maxStepTokens: 5, maxRunning: 4);
        var sequence = Add(scheduler, 12);
        Assert.Equal([(5, false)], Steps(scheduler, sequence));
        Assert.Equal([(5, false)], Steps(scheduler, sequence));
        Assert.Equal([(2, true)], Steps(scheduler, sequence));
    }

    [Fact]
    public void Schedule_RunningAndWaiting_ShareOneBudget()
    {
        var scheduler = Scheduler(8, 4, maxStepTokens: 5, maxRunning: 4);
        var first = Add(scheduler, 3);
        Run(scheduler);
        var second = Add(scheduler, 9);
        Assert.Equal([(first, 1), (second, 4)], Run(scheduler).Select(item => (item.Sequence, item.Tokens)));
        Assert.Equal([(first, 1), (second, 4)], Run(scheduler).Select(item => (item.Sequence, item.Tokens)));
    }

    [Fact]
    public void Schedule_TooManyRequests_RunsTheFirstOnes()
    {
        var scheduler = Scheduler(8, 4, maxStepTokens: 50, maxRunning: 2);
        var all = Enumerable.Range(0, 3).Select(_ => Add(scheduler, 2)).ToArray();
        Assert.Equal(all[..2], Run(scheduler).Select(item => item.Sequence));
        scheduler.Remove(all[0]);
        Assert.Equal(all[1..], Run(scheduler).Select(item => item.Sequence));
    }

    [Fact]
    public void Schedule_NextDoesNotFit_NobodyOvertakesIt()
    {
        var scheduler = Scheduler(5, 4, maxStepTokens: 50, maxRunning: 9);
        var (running, large, small) = (Add(scheduler, 8), Add(scheduler, 12), Add(scheduler, 1));
        Assert.Equal([running], Run(scheduler).Select(item => item.Sequence));
        Assert.Equal(2, scheduler.WaitingCount);
        scheduler.Remove(running);
        Assert.Equal([large, small], Run(scheduler).Select(item => item.Sequence));
    }

    [Fact]
    public void Schedule_OutOfBlocks_PreemptsTheYoungest()
    {
        var scheduler = Scheduler(5, 4, maxStepTokens: 50, maxRunning: 9);
        var (old, young) = (Add(scheduler, 7), Add(scheduler, 7, first: 100));
        Run(scheduler);
        Assert.Equal([old, young], Run(scheduler).Select(item => item.Sequence));

        // Nine tokens each now: a block more is free, and the older one gets it.
        Assert.Equal([old], Run(scheduler).Select(item => item.Sequence));
        Assert.Equal((1L, 0, 0), (scheduler.Preemptions, young.CachedTokens, young.BlockTable.Count));
        Assert.Equal(9, young.TokenCount);
        scheduler.Remove(old);
        Assert.Equal([(young, 9)], Run(scheduler).Select(item => (item.Sequence, item.Tokens)));
    }

    [Fact]
    public void Remove_Twice_IsFalseTheSecondTime()
    {
        var scheduler = Scheduler(4, 4, maxStepTokens: 50, maxRunning: 9);
        var sequence = Add(scheduler, 8);
        Run(scheduler);
        Assert.True(scheduler.Remove(sequence));
        Assert.False(scheduler.Remove(sequence));
        Assert.False(scheduler.HasWork);
        scheduler.CheckIntegrity();
    }

    [Fact]
    public void Schedule_OutOfBlocks_PreemptsTheLowestRankFirst()
    {
        var scheduler = Scheduler(5, 4, maxStepTokens: 50, maxRunning: 9);
        var low = Add(scheduler, 7, first: 100, SchedulingPriority.Low);
        var normal = Add(scheduler, 7);
        Run(scheduler);
        Run(scheduler);
        Assert.Equal([normal], Run(scheduler).Select(item => item.Sequence));
        Assert.Equal((1, SchedulingPriority.Normal), (low.Preemptions, low.Rank));
    }

    [Fact]
    public void Schedule_PreemptedAndPublished_RecomputesWhatTheCacheDoesNotHave()
    {
        var scheduler = Scheduler(5, 4, maxStepTokens: 50, maxRunning: 9);
        var (old, young) = (Add(scheduler, 7), Add(scheduler, 7, first: 100));
        Publish(scheduler, Run(scheduler));
        Publish(scheduler, Run(scheduler));
        Publish(scheduler, Run(scheduler));
        Assert.Equal(1, young.Preemptions);
        scheduler.Remove(old);

        // Nobody needed its two full blocks meanwhile.
        Assert.Equal([(young, 8, 1)], Run(scheduler).Select(item => (item.Sequence, item.First, item.Tokens)));
        scheduler.CheckIntegrity();
    }

    [Fact]
    public void Schedule_ShortPromptBehindLongOnes_HasItsTurnWithinTheChunkBound()
    {
        const int Long = 8, Budget = 64, Chunk = 16, Decoding = 3;
        var scheduler = Scheduler(1_000, 16, Budget, maxRunning: 32, Chunk);
        for (var i = 0; i < Decoding; i++)
        {
            Add(scheduler, 1, first: 10 * i);
        }

        Run(scheduler);
        for (var i = 0; i < Long; i++)
        {
            Add(scheduler, 1_000, first: 2_000 * (i + 1));
        }

        Run(scheduler);
        Run(scheduler);
        var small = Add(scheduler, Chunk, first: 1);

        // Eight long prompts and the short one want their turn.
        var bound = (((Long + 1) * Chunk) + Budget - Decoding - 1) / (Budget - Decoding);
        var steps = 1;
        for (; Run(scheduler).All(item => item.Sequence != small); steps++)
        {
            Assert.Equal(Budget, _step.Sum(item => item.Tokens));
            Assert.Equal(Decoding, _step.Count(item => !item.IsPrefill));
        }

        Assert.Equal(3, bound);
        Assert.InRange(steps, 1, bound);
        Assert.True(_step.Single(item => item.Sequence == small).Completes);
        Assert.All(scheduler.Sequences.Where(sequence => sequence.PromptLength == 1_000), sequence => Assert.True(sequence.IsPrefilling));
    }

    [Fact]
    public void Schedule_OnePromptAlone_TakesTheWholeBudgetWhateverTheChunk()
    {
        var scheduler = Scheduler(100, 4, maxStepTokens: 50, maxRunning: 4, chunk: 5);
        var sequence = Add(scheduler, 120);
        Assert.Equal([(50, false)], Steps(scheduler, sequence));
        Assert.Equal([(50, false)], Steps(scheduler, sequence));
        Assert.Equal([(20, true)], Steps(scheduler, sequence));
    }

    [Fact]
    public void Schedule_RunningNeedRoom_LeavesABlockForEach()
    {
        var scheduler = Scheduler(4, 4, maxStepTokens: 50, maxRunning: 9);
        var (running, waiting) = (Add(scheduler, 8), Add(scheduler, 8, first: 100));
        Assert.Equal([running], Run(scheduler).Select(item => item.Sequence));
        Assert.Equal(1, scheduler.WaitingCount);
        scheduler.Remove(running);
        Assert.Equal([waiting], Run(scheduler).Select(item => item.Sequence));
    }

    [Fact]
    public void Publish_PreemptedMeanwhile_PublishesNothing()
    {
        var scheduler = Scheduler(5, 4, maxStepTokens: 50, maxRunning: 9);
        var (old, young) = (Add(scheduler, 7), Add(scheduler, 7, first: 100));
        List<ScheduledSequence<Sequence>> first = [.. Run(scheduler)];
        Run(scheduler);
        Run(scheduler);
        Assert.Equal(1, young.Preemptions);
        scheduler.Remove(old);
        scheduler.Schedule(_step);

        // The young one's blocks are new ones now, and what the first step wrote is not in them.
        scheduler.Publish(first.Single(part => part.Sequence == young));
        Assert.Equal(0, young.BlockTable.KnownBlocks);
    }

    [Fact]
    public void Discard_SharedPrefix_IsFoundNoMore()
    {
        var scheduler = Scheduler(8, 4, maxStepTokens: 50, maxRunning: 9);
        var first = Add(scheduler, 9);
        Publish(scheduler, Run(scheduler));
        Assert.True(scheduler.Discard(first));
        Add(scheduler, 9);
        Assert.Equal([(0, 9)], Run(scheduler).Select(item => (item.First, item.Tokens)));
        Assert.Equal((2L, 0L, 18L, 0L), (scheduler.Prefixes.Queries, scheduler.Prefixes.Hits, scheduler.Prefixes.QueryTokens, scheduler.Prefixes.HitTokens));
    }

    private static Scheduler<Sequence> Scheduler(int totalBlocks, int blockSize, int maxStepTokens, int maxRunning, int chunk = 50) =>
        new(new BlockManager(totalBlocks, blockSize), new SchedulerLimits(maxStepTokens, maxRunning, chunk));

    private static Sequence Add(
        Scheduler<Sequence> scheduler, int tokens, int first = 0, SchedulingPriority priority = SchedulingPriority.Normal)
    {
        var sequence = new Sequence([.. Enumerable.Range(first, tokens)]) { Priority = priority };
        scheduler.Add(sequence);
        return sequence;
    }

    private static void Publish(Scheduler<Sequence> scheduler, List<ScheduledSequence<Sequence>> step) => step.ForEach(part => scheduler.Publish(part));

    /// <summary>One step, each complete sequence growing by a token.</summary>
    private List<ScheduledSequence<Sequence>> Run(Scheduler<Sequence> scheduler)
    {
        scheduler.Schedule(_step);
        foreach (var item in _step.Where(item => item.Completes))
        {
            item.Sequence.Append(0);
        }

        return _step;
    }

    private IEnumerable<(int Tokens, bool Completes)> Steps(Scheduler<Sequence> scheduler, Sequence sequence)
    {
        scheduler.Schedule(_step);
        return _step.Where(item => item.Sequence == sequence).Select(item => (item.Tokens, item.Completes));
    }
}
