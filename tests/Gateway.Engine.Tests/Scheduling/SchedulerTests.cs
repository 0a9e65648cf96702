using FsCheck;
using FsCheck.Fluent;
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
        var scheduler = new Scheduler<Sequence>(new BlockManager(8, 4), maxStepTokens: 5, maxRunning: 4);
        var sequence = Add(scheduler, 12);
        Assert.Equal([(5, false)], Steps(scheduler, sequence));
        Assert.Equal([(5, false)], Steps(scheduler, sequence));
        Assert.Equal([(2, true)], Steps(scheduler, sequence));
    }

    [Fact]
    public void Schedule_RunningAndWaiting_ShareOneBudget()
    {
        var scheduler = new Scheduler<Sequence>(new BlockManager(8, 4), maxStepTokens: 5, maxRunning: 4);
        var first = Add(scheduler, 3);
        Run(scheduler);
        var second = Add(scheduler, 9);
        Assert.Equal([(first, 1), (second, 4)], Run(scheduler).Select(item => (item.Sequence, item.Tokens)));
        Assert.Equal([(first, 1), (second, 4)], Run(scheduler).Select(item => (item.Sequence, item.Tokens)));
    }

    [Fact]
    public void Schedule_TooManyRequests_RunsTheFirstOnes()
    {
        var scheduler = new Scheduler<Sequence>(new BlockManager(8, 4), maxStepTokens: 50, maxRunning: 2);
        var all = Enumerable.Range(0, 3).Select(_ => Add(scheduler, 2)).ToArray();
        Assert.Equal(all[..2], Run(scheduler).Select(item => item.Sequence));
        scheduler.Remove(all[0]);
        Assert.Equal(all[1..], Run(scheduler).Select(item => item.Sequence));
    }

    [Fact]
    public void Schedule_NextDoesNotFit_NobodyOvertakesIt()
    {
        var scheduler = new Scheduler<Sequence>(new BlockManager(4, 4), maxStepTokens: 50, maxRunning: 9);
        var (running, large, small) = (Add(scheduler, 8), Add(scheduler, 12), Add(scheduler, 1));
        Assert.Equal([running], Run(scheduler).Select(item => item.Sequence));
        Assert.Equal(2, scheduler.WaitingCount);
        scheduler.Remove(running);
        Assert.Equal([large, small], Run(scheduler).Select(item => item.Sequence));
    }

    [Fact]
    public void Schedule_OutOfBlocks_PreemptsTheYoungest()
    {
        var scheduler = new Scheduler<Sequence>(new BlockManager(4, 4), maxStepTokens: 50, maxRunning: 9);
        var (old, young) = (Add(scheduler, 8), Add(scheduler, 8));
        Run(scheduler);
        Assert.Equal([old], Run(scheduler).Select(item => item.Sequence));
        Assert.Equal((1L, 0, 0), (scheduler.Preemptions, young.CachedTokens, young.BlockTable.Count));
        Assert.Equal(9, young.TokenCount);
        scheduler.Remove(old);
        Assert.Equal([(young, 9)], Run(scheduler).Select(item => (item.Sequence, item.Tokens)));
    }

    [Fact]
    public void Remove_Twice_IsFalseTheSecondTime()
    {
        var scheduler = new Scheduler<Sequence>(new BlockManager(4, 4), maxStepTokens: 50, maxRunning: 9);
        var sequence = Add(scheduler, 8);
        Run(scheduler);
        Assert.True(scheduler.Remove(sequence));
        Assert.False(scheduler.Remove(sequence));
        Assert.False(scheduler.HasWork);
        scheduler.CheckIntegrity();
    }

    /// <summary>
    /// Whatever arrives, leaves and is preempted: no step exceeds its budget, every token is computed exactly once in order between
    /// two preemptions, and everybody who stays reaches the end.
    /// </summary>
    [Fact]
    public void Schedule_AnyMixOfRequests_KeepsItsInvariantsAndEnds() => Prop.ForAll(
        Gen.Choose(1, int.MaxValue).ToArbitrary(),
        seed =>
        {
            var random = new Random(seed);
            var (blockSize, totalBlocks) = (random.Next(1, 5), random.Next(3, 10));
            var (budget, maxRunning) = (random.Next(2, 12), random.Next(1, 5));
            var scheduler = new Scheduler<Sequence>(new BlockManager(totalBlocks, blockSize), budget, maxRunning);
            var left = Enumerable.Range(0, random.Next(1, 8))
                .Select(_ => random.Next(1, totalBlocks * blockSize))
                .ToDictionary(prompt => new Sequence(new int[prompt]), prompt => random.Next(1, (totalBlocks * blockSize) - prompt + 1));
            var arrivals = new Queue<Sequence>(left.Keys);
            for (var steps = 0; left.Count > 0; steps++)
            {
                Assert.True(steps < 20_000, "no end");
                if (arrivals.Count > 0 && random.Next(3) == 0)
                {
                    scheduler.Add(arrivals.Dequeue());
                }

                var before = left.Keys.ToDictionary(sequence => sequence, sequence => sequence.CachedTokens);
                scheduler.Schedule(_step);
                scheduler.CheckIntegrity();
                Assert.InRange(_step.Sum(item => item.Tokens), 0, budget);
                Assert.InRange(scheduler.RunningCount, 0, maxRunning);
                foreach (var (sequence, tokens, completes) in _step)
                {
                    Assert.Equal(before[sequence] + tokens, sequence.CachedTokens);
                    Assert.True(sequence.CachedTokens <= sequence.BlockTable.Count * blockSize);
                    if (completes)
                    {
                        sequence.Append(0);
                        left[sequence]--;
                    }

                    if (left[sequence] == 0 || random.Next(40) == 0)
                    {
                        Assert.True(scheduler.Remove(sequence));
                        left.Remove(sequence);
                    }
                }
            }

            scheduler.CheckIntegrity();
            Assert.False(scheduler.HasWork);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    private static Sequence Add(Scheduler<Sequence> scheduler, int tokens)
    {
        var sequence = new Sequence(new int[tokens]);
        scheduler.Add(sequence);
        return sequence;
    }

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
