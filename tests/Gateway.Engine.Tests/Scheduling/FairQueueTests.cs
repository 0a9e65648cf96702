using Gateway.Engine.Scheduling;
using Xunit;

namespace Gateway.Engine.Tests.Scheduling;

public sealed class FairQueueTests
{
    private readonly FairQueue<Sequence> _queue = new();
    private long _arrivals;

    [Fact]
    public void Next_OneTenant_IsFirstComeFirstServed()
    {
        var (first, second) = (Join("a"), Join("a"));
        Assert.Equal([first, second], Drain());
        Assert.Null(_queue.Next());
    }

    [Fact]
    public void Next_OneRequestBesideAThousand_IsNext()
    {
        for (var i = 0; i < 1_000; i++)
        {
            Join("many");
        }

        for (var i = 0; i < 10; i++)
        {
            Serve(_queue.Next()!, tokens: 100);
        }

        var one = Join("one");
        Serve(_queue.Next()!, tokens: 100);
        Assert.Same(one, _queue.Next());
    }

    [Fact]
    public void Next_TenantsWithUnequalRequests_GetEqualTokens()
    {
        for (var i = 0; i < 500; i++)
        {
            Join("small");
            Join("large");
        }

        Dictionary<string, int> served = new() { ["small"] = 0, ["large"] = 0 };
        for (var i = 0; i < 300; i++)
        {
            var next = _queue.Next()!;
            var tokens = next.Tenant == "small" ? 10 : 70;
            Serve(next, tokens);
            served[next.Tenant] += tokens;
        }

        // Never further apart than what the largest request takes.
        Assert.InRange(Math.Abs(served["small"] - served["large"]), 0, 70);
    }

    [Fact]
    public void Join_AfterALongTimeAway_HasNoCredit()
    {
        Serve(Join("away"), tokens: 1);
        for (var i = 0; i < 50; i++)
        {
            Join("busy");
            Serve(_queue.Next()!, tokens: 100);
        }

        Join("busy");
        for (var i = 0; i < 20; i++)
        {
            Join("away");
        }

        var turns = Enumerable.Range(0, 6).Select(_ =>
        {
            Join("busy");
            var next = _queue.Next()!;
            Serve(next, tokens: 100);
            return next.Tenant;
        }).ToList();
        Assert.Equal(3, turns.Count(tenant => tenant == "busy"));
    }

    [Fact]
    public void Next_HigherRank_IsFirst()
    {
        var (low, normal, high) = (Join("a", SchedulingPriority.Low), Join("a"), Join("a", SchedulingPriority.High));
        Assert.Equal([high, normal, low], Drain());
    }

    [Theory]
    [InlineData(SchedulingPriority.Low)]
    [InlineData(SchedulingPriority.Normal)]
    public void Next_LowerRankBehindAnEndlessHigherOne_WaitsForTheStatedAdmissionsOnly(SchedulingPriority priority)
    {
        var waiting = Join("a", priority);
        Join("b", SchedulingPriority.High);
        var passed = 0;
        for (; _queue.Next() is { } next && next != waiting; passed++)
        {
            Join("b", SchedulingPriority.High);
            Serve(next, tokens: 1);
            Assert.True(passed <= 100, "it never has its turn");
        }

        Assert.Equal(FairQueue<Sequence>.MaxPassedOver, passed);
    }

    [Fact]
    public void Return_Preempted_IsAheadOfThoseThatCameLater()
    {
        var (first, second) = (Join("a"), Join("a"));
        _queue.Take(first);
        _queue.Return(first);
        Assert.Equal([first, second], Drain());
    }

    [Fact]
    public void Remove_Waiting_IsGoneAndOnceOnly()
    {
        var sequence = Join("a");
        Assert.True(_queue.Remove(sequence));
        Assert.False(_queue.Remove(sequence));
        Assert.Equal((0, 0), (_queue.Count, sequence.Account!.Waiting));
    }

    [Fact]
    public void Leave_LastOfAll_ForgetsWhatWasServed()
    {
        Serve(Join("a"), tokens: 1_000);
        Assert.Equal(0, Join("a").Account!.Service);
    }

    [Fact]
    public void Join_ManyTenantsThatComeOnce_AreForgotten()
    {
        var stays = Join("stays");
        for (var i = 0; i < 10_000; i++)
        {
            Serve(Join("tenant " + i), tokens: 0);
        }

        Assert.InRange(_queue.TenantCount, 1, 200);
        Assert.Same(stays, _queue.Next());
    }

    [Fact]
    public void FindDisplaceable_TenantWithTheMost_GivesUpItsLastOfTheLowestRank()
    {
        Join("many");
        Join("many", SchedulingPriority.Low);
        var last = Join("many", SchedulingPriority.Low);
        Join("many", SchedulingPriority.High);
        Join("few");
        Assert.Same(last, _queue.FindDisplaceable(New("one")));
        Assert.Same(last, _queue.FindDisplaceable(New("few")));
        Assert.Null(_queue.FindDisplaceable(New("many")));
    }

    [Fact]
    public void FindDisplaceable_AsManyAsTheOthers_IsNobody()
    {
        Join("a");
        Join("b");
        Assert.Null(_queue.FindDisplaceable(New("c")));
        Join("a");
        Assert.Null(_queue.FindDisplaceable(New("b")));
    }

    [Fact]
    public void FindDisplaceable_AdmittedBefore_KeepsItsPlace()
    {
        foreach (var _ in Enumerable.Range(0, 3))
        {
            Join("a").WasAdmitted = true;
        }

        Assert.Null(_queue.FindDisplaceable(New("b")));
    }

    private static Sequence New(string tenant, SchedulingPriority priority = SchedulingPriority.Normal) => new([1]) { Tenant = tenant, Priority = priority };

    private Sequence Join(string tenant, SchedulingPriority priority = SchedulingPriority.Normal)
    {
        var sequence = New(tenant, priority);
        sequence.Arrival = ++_arrivals;
        _queue.Join(sequence);
        return sequence;
    }

    /// <summary>Admits a sequence, which takes that many tokens and ends.</summary>
    private void Serve(Sequence sequence, int tokens)
    {
        _queue.Take(sequence);
        sequence.Account!.ChargePrompt(tokens);
        _queue.Leave(sequence);
    }

    private List<Sequence> Drain()
    {
        List<Sequence> order = [];
        while (_queue.Next() is { } next)
        {
            _queue.Take(next);
            order.Add(next);
        }

        return order;
    }
}
