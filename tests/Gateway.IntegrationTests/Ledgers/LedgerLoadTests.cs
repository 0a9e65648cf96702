using Gateway.Budgets.Sql;
using Gateway.Ledgers;
using Gateway.Observability;
using Gateway.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Gateway.IntegrationTests.Ledgers;

/// <summary>
/// The writer's loop beside requests, by a clock that a test owns; the entries go into a real file. An entry takes 1 ms of work, a step 5 more.
/// </summary>
public sealed class LedgerLoadTests : IAsyncLifetime
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly TempFolder _folder = new();
    private readonly TimeLapse _time = new();
    private readonly GatewayMeter _meter = new();
    private readonly LedgerState _state = new();
    private LedgerOptions _options = null!;
    private LedgerDatabase _ledger = null!;

    public ValueTask InitializeAsync()
    {
        _options = new LedgerOptions
        {
            Path = Path.Combine(_folder.Path, "ledger.db"),
            MaxBusyShare = 0.25,
            MaxLagSeconds = 10,
            IntervalSeconds = 1,
            BatchSize = 200,
        };
        _ledger = LedgerDatabase.Open(_options, _time);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _ledger.DisposeAsync();
        _meter.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Load_WithinTheShare_IsWrittenInFewLargeBatchesWithinSeconds()
    {
        var load = await RunAsync(perSecond: 100);

        Assert.InRange(load.Worked / Minute, 0.1, 0.12);
        Assert.InRange(load.Steps, 50, 62);
        Assert.InRange(load.MaxAge, TimeSpan.Zero, TimeSpan.FromSeconds(1.2));
    }

    [Fact]
    public async Task Load_AboveTheShare_IsHeldToItUntilTheLagIsReachedAndThenKeptUpWith()
    {
        var load = await RunAsync(perSecond: 500);

        Assert.InRange(load.FirstOld!.Value.Share, 0.2, 0.26);
        Assert.InRange(load.FirstOld.Value.Age, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(11.5));
        Assert.InRange(load.MaxAge, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(11.5));
        Assert.InRange(load.Worked / Minute, 0.5, 0.6);
    }

    [Fact]
    public async Task Load_OverWithABurst_IsCaughtUpWithAtTheShare()
    {
        // 500 ms of work, within the lag at a quarter of the time.
        var load = await RunAsync(perSecond: 500, end: TimeSpan.FromSeconds(1));

        Assert.Null(load.FirstOld);
        Assert.InRange(load.Worked / load.DoneAfter, 0.1, 0.25);
    }

    private async Task<SteadyLoad> RunAsync(double perSecond, TimeSpan? end = null)
    {
        var load = new SteadyLoad(_time, perSecond, end ?? Minute) { OldAge = TimeSpan.FromSeconds(_options.MaxLagSeconds) };
        await using var writing = new LedgerWriting(
            new LedgerIntake(load, _ledger, _options), _ledger, _options, _state, new LedgerMetrics(_meter), _time, NullLogger<LedgerWriting>.Instance);
        await writing.StartAsync(TestContext.Current.CancellationToken);
        await load.Done.WaitAsync(Minute, TestContext.Current.CancellationToken);
        await writing.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(LedgerBacklog.Empty, _state.Backlog);
        return load;
    }
}
