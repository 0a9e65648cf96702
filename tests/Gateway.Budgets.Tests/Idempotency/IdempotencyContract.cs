using System.Text;

namespace Gateway.Budgets.Tests.Idempotency;

/// <summary>What every store of answers keeps.</summary>
public abstract class IdempotencyContract(IdempotencyHarness harness)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    private readonly string _record = Guid.NewGuid().ToString("N");

    // Runs are unique, whatever their record: tests that share a store must not share them.
    private readonly string _run = Guid.NewGuid().ToString("N");
    private readonly string _next = Guid.NewGuid().ToString("N");

    private IIdempotencyStore Store => harness.Gateways[0];

    [Fact]
    public async Task Claim_ByManyAtOnce_MakesExactlyOneRunAnswer()
    {
        var claims = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() =>
            harness.Gateways[i % harness.Gateways.Count].ClaimAsync(_record, "same", $"run-{i}", $"req-{i}", Lease, Kept))));

        var winner = Assert.Single(claims, claim => claim.Outcome == ClaimOutcome.Claimed).Run;
        Assert.All(claims, claim => Assert.Equal(winner, claim.Run));
        Assert.Equal(49, claims.Count(claim => claim.Outcome == ClaimOutcome.Answered));
    }

    [Fact]
    public async Task Claim_AgainByTheSameRun_IsStillItsOwn()
    {
        await ClaimAsync();
        Assert.Equal(ClaimOutcome.Claimed, (await Store.ClaimAsync(_record, "same", _run, "req-run", Lease, Kept)).Outcome);
    }

    [Fact]
    public async Task Claim_OtherFingerprint_IsReused()
    {
        await ClaimAsync();
        Assert.Equal(ClaimOutcome.Reused, (await Store.ClaimAsync(_record, "other", _next, "req-next", Lease, Kept)).Outcome);
        await Store.FinishAsync(_record, _run, RunState.Complete, Kept);
        Assert.Equal(ClaimOutcome.Reused, (await Store.ClaimAsync(_record, "other", _next, "req-next", Lease, Kept)).Outcome);
    }

    [Fact]
    public async Task Read_WhileItRunsAndAfter_GivesThePartsInOrderByteForByte()
    {
        await ClaimAsync();
        byte[] all = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        await Store.AppendAsync(_record, _run, 0, all, Lease);
        var first = await harness.Gateways[^1].ReadAsync(_record, _run, 0);
        Assert.Equal((RunState.Running, true), (first.State, first.IsLast));
        Assert.Equal(all, Assert.Single(first.Parts).ToArray());

        for (int i = 1; i <= RunProgress.MaxParts + 10; i++)
        {
            await Store.AppendAsync(_record, _run, i, Encoding.UTF8.GetBytes($"{i}"), Lease);
        }

        await Store.FinishAsync(_record, _run, RunState.Complete, Kept);
        var second = await Store.ReadAsync(_record, _run, 1);
        Assert.Equal((RunState.Complete, false, RunProgress.MaxParts), (second.State, second.IsLast, second.Parts.Count));
        var third = await Store.ReadAsync(_record, _run, 1 + second.Parts.Count);
        Assert.Equal((RunState.Complete, true), (third.State, third.IsLast));
        Assert.Equal(
            Enumerable.Range(1, RunProgress.MaxParts + 10).Select(value => $"{value}"),
            second.Parts.Concat(third.Parts).Select(part => Encoding.UTF8.GetString(part.Span)));
    }

    [Fact]
    public async Task Append_Repeated_AddsOnce()
    {
        await ClaimAsync();
        await Store.AppendAsync(_record, _run, 0, "a"u8.ToArray(), Lease);
        await Store.AppendAsync(_record, _run, 0, "a"u8.ToArray(), Lease);
        Assert.Single((await Store.ReadAsync(_record, _run, 0)).Parts);
    }

    [Fact]
    public async Task Append_TellsHowLongAgoSomebodyRead()
    {
        await ClaimAsync();
        Assert.Null((await Store.AppendAsync(_record, _run, 0, default, Lease)).SinceRead);
        await Store.ReadAsync(_record, _run, 0);
        await harness.AdvanceAsync(_record, TimeSpan.FromSeconds(5));
        var since = (await Store.AppendAsync(_record, _run, 0, default, Lease)).SinceRead!.Value;
        Assert.InRange(since, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Lease_Over_TheNextClaimTakesThePlaceUnderTheSameRequestIdAndTheOldRunIsToldSo()
    {
        await ClaimAsync();
        await Store.AppendAsync(_record, _run, 0, "half"u8.ToArray(), Lease);
        await harness.AdvanceAsync(_record, Lease + TimeSpan.FromMilliseconds(1));

        Assert.Equal(RunState.Gone, (await Store.ReadAsync(_record, _run, 0)).State);
        Assert.Equal(new IdempotencyClaim(ClaimOutcome.Claimed, _next, "req-run"), await Store.ClaimAsync(_record, "same", _next, "req-next", Lease, Kept));
        Assert.Empty((await Store.ReadAsync(_record, _next, 0)).Parts);
        Assert.False((await Store.AppendAsync(_record, _run, 1, "more"u8.ToArray(), Lease)).IsHeld);
        Assert.False(await Store.FinishAsync(_record, _run, RunState.Complete, Kept));
        Assert.Equal(RunState.Running, (await Store.ReadAsync(_record, _next, 0)).State);
    }

    [Fact]
    public async Task Lease_Renewed_Lasts()
    {
        await ClaimAsync();
        for (int i = 0; i < 5; i++)
        {
            await harness.AdvanceAsync(_record, Lease * 0.6);
            Assert.True((await Store.AppendAsync(_record, _run, 0, default, Lease)).IsHeld);
        }

        Assert.Equal(ClaimOutcome.Answered, (await Store.ClaimAsync(_record, "same", _next, "req-next", Lease, Kept)).Outcome);
    }

    [Fact]
    public async Task Failed_CanBeReadByThoseWhoWaitedAndIsReplacedByTheNextClaim()
    {
        await ClaimAsync();
        await Store.AppendAsync(_record, _run, 0, "error"u8.ToArray(), Lease);
        await Store.FinishAsync(_record, _run, RunState.Failed, Kept);
        var read = await Store.ReadAsync(_record, _run, 0);
        Assert.Equal((RunState.Failed, 1), (read.State, read.Parts.Count));

        Assert.Equal(
            new IdempotencyClaim(ClaimOutcome.Claimed, _next, "req-next"), await Store.ClaimAsync(_record, "another body", _next, "req-next", Lease, Kept));
    }

    [Fact]
    public async Task Oversized_KeepsThatItWasAnsweredAndNotTheAnswer()
    {
        await ClaimAsync();
        await Store.AppendAsync(_record, _run, 0, "large"u8.ToArray(), Lease);
        await Store.FinishAsync(_record, _run, RunState.Oversized, Kept);

        Assert.Equal(new IdempotencyClaim(ClaimOutcome.Answered, _run, ""), await Store.ClaimAsync(_record, "same", _next, "req-next", Lease, Kept));
        var read = await Store.ReadAsync(_record, _run, 0);
        Assert.Equal((RunState.Oversized, 0), (read.State, read.Parts.Count));
    }

    [Fact]
    public async Task Complete_IsForgottenAfterItsTimeAndNotBefore()
    {
        await ClaimAsync();
        await Store.FinishAsync(_record, _run, RunState.Complete, Kept);
        await harness.AdvanceAsync(_record, Kept - TimeSpan.FromSeconds(30));
        Assert.Equal(ClaimOutcome.Answered, (await Store.ClaimAsync(_record, "same", _next, "req-next", Lease, Kept)).Outcome);
        await harness.AdvanceAsync(_record, TimeSpan.FromSeconds(31));
        Assert.Equal(ClaimOutcome.Claimed, (await Store.ClaimAsync(_record, "same", _next, "req-next", Lease, Kept)).Outcome);
    }

    private async Task ClaimAsync() =>
        Assert.Equal(new IdempotencyClaim(ClaimOutcome.Claimed, _run, "req-run"), await Store.ClaimAsync(_record, "same", _run, "req-run", Lease, Kept));
}
