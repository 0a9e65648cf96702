using Gateway.Budgets.Sql;

namespace Gateway.Ledgers;

/// <summary>
/// Moves settled requests into the SQL ledger for as long as the gateway runs. Requests do not wait for it: while the database is down they are
/// settled as ever, and what is settled waits where it is.
/// </summary>
internal sealed partial class LedgerWriting(
    LedgerIntake intake,
    LedgerDatabase ledger,
    LedgerOptions options,
    LedgerState state,
    LedgerMetrics metrics,
    TimeProvider time,
    ILogger<LedgerWriting> logger)
    : BackgroundService, IAsyncDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    private readonly LedgerPace _pace = new(options);
    private int _failures;

    /// <summary>Ends once nothing is written any more: a host that is stopped in haste does not wait for that.</summary>
    public async ValueTask DisposeAsync()
    {
        Dispose();
        await (ExecuteTask ?? Task.CompletedTask);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Off the thread that starts the host: SQLite works on the caller's.
        await Task.Yield();
        state.Status = new LedgerStatus(IsWriting: false, "not opened yet");
        bool isOpen = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!isOpen)
                {
                    await OpenAsync(stoppingToken);
                    isOpen = true;
                }

                long startedAt = time.GetTimestamp();
                int taken = await StepAsync(stoppingToken);
                await Task.Delay(_pace.RestAfter(time.GetElapsedTime(startedAt), taken, state.Backlog), time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                // The end. What was taken and not confirmed comes again, to whoever reads next.
                return;
            }
            catch (Exception exception)
            {
                // Whatever it is, the next attempt may do better, and serving must not end because of it.
                Fail(exception);
                await PauseAsync(stoppingToken);
            }
        }
    }

    private async Task OpenAsync(CancellationToken stoppingToken)
    {
        int restored = await intake.OpenAsync(stoppingToken);
        LogOpened(ledger.Name);
        if (restored > 0)
        {
            LogRestored(restored);
        }
    }

    /// <returns>How many records were moved.</returns>
    private async Task<int> StepAsync(CancellationToken stoppingToken)
    {
        var result = await intake.StepAsync(stoppingToken);
        int taken = result is null ? 0 : result.Added + result.Known + result.Rejected.Count;
        state.Backlog = intake.Backlog?.Without(taken);
        if (_failures > 0)
        {
            LogRecovered(_failures);
        }

        _failures = 0;
        state.Status = new LedgerStatus(IsWriting: true, Problem: null);
        if (result is null)
        {
            return taken;
        }

        metrics.Appended(result);
        foreach (var (record, reason) in result.Rejected)
        {
            LogRejected(record.ToString(), reason);
        }

        return taken;
    }

    private void Fail(Exception exception)
    {
        metrics.Failed();
        state.Status = new LedgerStatus(IsWriting: false, exception.Message);
        if (_failures++ == 0)
        {
            if (exception is LedgerUnavailableException or LedgerSchemaException)
            {
                LogUnavailable(exception.Message);
            }
            else
            {
                LogFault(exception);
            }
        }
    }

    private async Task PauseAsync(CancellationToken stoppingToken)
    {
        var pause = TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, 0.25 * Math.Pow(2, Math.Min(_failures, 10))));
        try
        {
            await Task.Delay(pause, time, stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }

    [LoggerMessage(1, LogLevel.Information, "The ledger is written to {Ledger}")]
    private partial void LogOpened(string ledger);

    [LoggerMessage(2, LogLevel.Information, "{Count} records that were set aside can be read by now and are in the ledger")]
    private partial void LogRestored(int count);

    [LoggerMessage(3, LogLevel.Warning, "The ledger is not written at the moment; settled requests wait: {Problem}")]
    private partial void LogUnavailable(string problem);

    [LoggerMessage(4, LogLevel.Information, "The ledger is written again, after {Failures} attempts")]
    private partial void LogRecovered(int failures);

    [LoggerMessage(5, LogLevel.Error, "The record {Record} was set aside in ledger_rejected: {Reason}")]
    private partial void LogRejected(string record, string reason);

    [LoggerMessage(6, LogLevel.Error, "The ledger could not be written; settled requests wait")]
    private partial void LogFault(Exception exception);
}
