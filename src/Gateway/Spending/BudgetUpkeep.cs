using Gateway.Budgets;

namespace Gateway.Spending;

/// <summary>
/// Works for the budgets beside the requests: settles what waits for the store, begins leases anew, and takes back what dead gateways held.
/// </summary>
/// <param name="guard">Null when the gateway keeps no budgets.</param>
internal sealed partial class BudgetUpkeep(
    BudgetsOptions options, SpendingMetrics metrics, TimeProvider time, ILogger<BudgetUpkeep> logger, BudgetGuard? guard = null) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.25);

    private int _outages;
    private bool _isDown;
    private bool _isFailing;
    private bool _isJournalFailing;

    /// <summary>Before the first request is served: until what was left is settled, the counters lack it.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (guard?.Recover() is > 0 and var count)
        {
            LogRecovered(count);
        }

        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (guard is not null)
        {
            await FlushAsync(guard, cancellationToken);
            if (guard.Pending > 0)
            {
                LogUnsettled(guard.Pending, guard.Problem);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (guard is null)
        {
            return;
        }

        using var timer = new PeriodicTimer(Interval, time);
        var sweepEvery = (int)Math.Max(1, options.LeaseSeconds / 2 / Interval.TotalSeconds);
        var extendEvery = (int)Math.Max(1, options.LeaseSeconds / 12 / Interval.TotalSeconds);
        try
        {
            for (var turn = 0; await timer.WaitForNextTickAsync(stoppingToken); turn++)
            {
                await WorkAsync(guard, isTimeToExtend: turn % extendEvery == 0, isTimeToSweep: turn % sweepEvery == 0, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end.
        }
    }

    private async Task WorkAsync(BudgetGuard guard, bool isTimeToExtend, bool isTimeToSweep, CancellationToken stoppingToken)
    {
        try
        {
            await FlushAsync(guard, stoppingToken);
            if (isTimeToExtend)
            {
                Report(await guard.ExtendAsync(stoppingToken));
            }

            // Also asks a store that did not answer whether it does now, so that readiness and metrics do not wait for a request to find out.
            if (isTimeToSweep || (guard.Problem is not null && guard.Pending == 0))
            {
                Report(await guard.SweepAsync(stoppingToken));
            }

            LogChange(guard);
            _isFailing = false;
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            // A fault of ours, or a record that this build cannot read. The next turn may do better; it must come.
            if (!_isFailing)
            {
                LogFault(exception);
            }

            _isFailing = true;
        }
    }

    private async Task FlushAsync(BudgetGuard guard, CancellationToken cancellationToken)
    {
        foreach (var lost in await guard.FlushAsync(cancellationToken))
        {
            metrics.Lost();
            LogLost(lost.Reason, lost.Entry.RequestId, Money.Text(lost.Entry.Cost));
        }
    }

    private void Report(LeaseReport report)
    {
        foreach (var request in report.Lost)
        {
            LogHoldLost(request);
        }
    }

    private void Report(IReadOnlyList<ExpiredHold> expired)
    {
        metrics.Expired(expired.Count);
        foreach (var hold in expired)
        {
            LogExpired(hold.RequestId, hold.Partition);
        }
    }

    private void LogChange(BudgetGuard guard)
    {
        // Also of one that is over already.
        if (guard.JournalProblem is { } journalProblem && !_isJournalFailing)
        {
            LogJournal(journalProblem);
        }

        _isJournalFailing = guard.JournalProblem is not null;
        var (problem, outages) = (guard.Problem, guard.Outages);
        if (outages != _outages)
        {
            (_outages, _isDown) = (outages, true);
            LogDown(guard.LastProblem);
        }

        if (problem is null && _isDown)
        {
            _isDown = false;
            LogUp();
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The counters of budgets cannot be reached; limits are followed as their onStoreDown says until they can: {Problem}")]
    private partial void LogDown(string? problem);

    [LoggerMessage(2, LogLevel.Information, "The counters of budgets can be reached again")]
    private partial void LogUp();

    [LoggerMessage(3, LogLevel.Warning, "{RequestId} of {Partition} held what it might cost and was never settled, by a gateway that ended or was cut off; it is given back")]
    private partial void LogExpired(string requestId, string partition);

    [LoggerMessage(4, LogLevel.Warning, "What {RequestId} holds was lost with the store's memory and there is no room for it any more; it is counted at its end")]
    private partial void LogHoldLost(string requestId);

    [LoggerMessage(5, LogLevel.Error, "{RequestId} could not be settled and is not in the ledger; it cost {Cost} $")]
    private partial void LogLost(Exception exception, string requestId, string cost);

    [LoggerMessage(6, LogLevel.Critical, "The gateway ends while {Count} requests that ran are not in the ledger, because its store does not answer; its next start settles them: {Problem}")]
    private partial void LogUnsettled(int count, string? problem);

    [LoggerMessage(8, LogLevel.Warning, "{Count} requests that ran before the gateway was killed wait to be settled")]
    private partial void LogRecovered(int count);

    [LoggerMessage(9, LogLevel.Error, "What waits to be settled is in memory only, and lost if the gateway is killed: {Problem}")]
    private partial void LogJournal(string problem);

    [LoggerMessage(7, LogLevel.Error, "Leases and what waits to be settled could not be looked after; it is tried again")]
    private partial void LogFault(Exception exception);
}
