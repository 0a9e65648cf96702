namespace Gateway.Budgets.Tests.Notices;

/// <summary>What every outbox keeps. Each test has one of its own, which two gateways use.</summary>
public abstract class NoticeOutboxContract
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Add_SameIdByManyAtOnce_IsTakenInOnce()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => Outbox(i).AddAsync(Notice("a"), Now.AddHours(1)))));
        Assert.Single(added, isNew => isNew);
        Assert.Single(await Outbox(0).ClaimAsync(Lease, 10));
    }

    [Fact]
    public async Task Claim_GivesANoticeToOneAtATimeAndAgainWhenNobodyReports()
    {
        await Outbox(0).AddAsync(Notice("a"), Now.AddHours(1));
        var first = Assert.Single(await Outbox(0).ClaimAsync(Lease, 10));
        Assert.Equal((Notice("a"), 1), (first.Notice, first.Attempt));
        Assert.Empty(await Outbox(1).ClaimAsync(Lease, 10));

        await AdvanceAsync(Lease + TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, Assert.Single(await Outbox(1).ClaimAsync(Lease, 10)).Attempt);
    }

    [Fact]
    public async Task Remove_IsNotHandedOutAgainAndItsIdStaysKnown()
    {
        await Outbox(0).AddAsync(Notice("a"), Now.AddHours(1));
        await Outbox(0).ClaimAsync(Lease, 10);
        await Outbox(0).RemoveAsync("a");
        await AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.Empty(await Outbox(1).ClaimAsync(Lease, 10));
        Assert.False(await Outbox(1).AddAsync(Notice("a"), Now.AddHours(1)));
    }

    [Fact]
    public async Task Delay_IsHandedOutAfterTheWhileAndNotBefore()
    {
        await Outbox(0).AddAsync(Notice("a"), Now.AddHours(1));
        await Outbox(0).ClaimAsync(Lease, 10);
        await Outbox(0).DelayAsync("a", TimeSpan.FromMinutes(5));
        await AdvanceAsync(TimeSpan.FromMinutes(4));
        Assert.Empty(await Outbox(1).ClaimAsync(Lease, 10));
        await AdvanceAsync(TimeSpan.FromMinutes(1.1));
        Assert.Single(await Outbox(1).ClaimAsync(Lease, 10));
    }

    [Fact]
    public async Task Add_RememberedForEver_IsTakenIn()
    {
        Assert.True(await Outbox(0).AddAsync(Notice("a"), DateTimeOffset.MaxValue));
        Assert.False(await Outbox(0).AddAsync(Notice("a"), DateTimeOffset.MaxValue));
    }

    [Fact]
    public async Task Claim_OfMany_GivesNoMoreThanAskedFor()
    {
        for (int i = 0; i < 5; i++)
        {
            await Outbox(0).AddAsync(Notice($"n{i}"), Now.AddHours(1));
        }

        Assert.Equal(3, (await Outbox(0).ClaimAsync(Lease, 3)).Count);
        Assert.Equal(2, (await Outbox(1).ClaimAsync(Lease, 3)).Count);
    }

    [Fact]
    public async Task Count_IsWhatHasNotArrivedWhoeverHasItInHand()
    {
        Assert.Equal(0, await Outbox(0).CountAsync());
        foreach (string id in (string[])["a", "b", "c", "a"])
        {
            await Outbox(0).AddAsync(Notice(id), Now.AddHours(1));
        }

        Assert.Equal((3, 3), (await Outbox(0).CountAsync(), await Outbox(1).CountAsync()));
        await Outbox(1).ClaimAsync(Lease, 2);
        Assert.Equal(3, await Outbox(0).CountAsync());
        await Outbox(1).DelayAsync("a", TimeSpan.FromMinutes(5));
        Assert.Equal(3, await Outbox(0).CountAsync());
        await Outbox(1).RemoveAsync("b");
        await Outbox(1).RemoveAsync("b");
        Assert.Equal(2, await Outbox(0).CountAsync());
        await Outbox(0).RemoveAsync("a");
        await Outbox(0).RemoveAsync("c");
        Assert.Equal(0, await Outbox(1).CountAsync());
    }

    protected abstract DateTimeOffset Now { get; }

    protected abstract INoticeOutbox Outbox(int gateway);

    protected abstract Task AdvanceAsync(TimeSpan time);

    private static Notice Notice(string id) => new(id, "hook", """{"text":"it's \"quoted\""}""", Samples.Noon);
}
