using FsCheck;
using FsCheck.Fluent;
using Gateway.Engine.KvCache;
using Gateway.Engine.Scheduling;
using Xunit;

namespace Gateway.Engine.Tests.Scheduling;

/// <summary>
/// A scheduler over a cache that remembers, in place of keys and values, which prefix each row was computed from. Whatever arrives, shares
/// beginnings, leaves and is preempted: no step exceeds its budget, every sequence reads rows of its own prefix only, tokens are computed in
/// order, no block is lost, and everybody who stays reaches the end.
/// </summary>
public sealed class SchedulerPropertyTests
{
    [Fact]
    public void Schedule_AnyMixOfRequests_ReadsTheRightRowsAndEnds()
    {
        var (hits, preemptions, evictions) = (0L, 0L, 0L);
        Prop.ForAll(Gen.Choose(1, int.MaxValue).ToArbitrary(), seed =>
        {
            var run = new SchedulerRun(new Random(seed));
            run.ToEnd();
            hits += run.Scheduler.Prefixes.Hits;
            preemptions += run.Scheduler.Preemptions;
            evictions += run.Blocks.Evictions;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
        Assert.True(hits > 0 && preemptions > 0 && evictions > 0, $"{hits} hits, {preemptions} preemptions, {evictions} evictions: too tame");
    }
}
