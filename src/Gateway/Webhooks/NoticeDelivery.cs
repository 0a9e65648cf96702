using Gateway.Budgets;
using Gateway.Policies;

namespace Gateway.Webhooks;

/// <summary>
/// Brings notices to the outbox, and from there to their receivers: each at least once, again and again with growing pauses until it arrives.
/// Any gateway delivers what any gateway saw.
/// </summary>
internal sealed partial class NoticeDelivery(
    ThresholdWatch watch,
    INoticeOutbox outbox,
    WebhookClient client,
    PolicyStore policies,
    WebhooksOptions options,
    WebhookMetrics metrics,
    TimeProvider time,
    ILogger<NoticeDelivery> logger)
    : BackgroundService
{
    private const int Batch = 16;

    /// <summary>How often the outbox is looked at; what this gateway saw itself is sent at once.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private bool _isFailing;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                try
                {
                    await CollectAsync(stoppingToken);
                    await DeliverAsync(stoppingToken);
                    metrics.Backlog = await outbox.CountAsync(stoppingToken);
                    _isFailing = false;
                }
                catch (StoreUnavailableException exception)
                {
                    if (!_isFailing)
                    {
                        LogFailing(exception.Message);
                    }

                    _isFailing = true;
                }

                await WaitAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end.
        }
    }

    /// <summary>From this gateway into the outbox. What the outbox has not taken stays where it was.</summary>
    private async Task CollectAsync(CancellationToken stoppingToken)
    {
        while (watch.Waiting.TryPeek(out var waiting))
        {
            if (await outbox.AddAsync(waiting.Notice, waiting.Remember, stoppingToken))
            {
                LogSeen(waiting.Notice.Id, waiting.Notice.Webhook);
            }

            watch.Waiting.TryRead(out _);
        }
    }

    private async Task DeliverAsync(CancellationToken stoppingToken)
    {
        // Longer than an attempt takes, so that nobody else sends what is being sent.
        var lease = TimeSpan.FromSeconds(options.TimeoutSeconds * 2) + TimeSpan.FromSeconds(10);
        IReadOnlyList<DueNotice> due;
        do
        {
            due = await outbox.ClaimAsync(lease, Batch, stoppingToken);
            await Task.WhenAll(due.Select(notice => DeliverAsync(notice, stoppingToken)));
        }
        while (due.Count == Batch);
    }

    private async Task DeliverAsync(DueNotice due, CancellationToken stoppingToken)
    {
        var notice = due.Notice;
        if (policies.Current.Budgets.Webhooks.FirstOrDefault(webhook => webhook.Name == notice.Webhook) is not { } webhook)
        {
            metrics.GivenUp();
            LogGivenUp(notice.Id, notice.Webhook, due.Attempt, "budgets.yaml has no such webhook any more");
            await outbox.RemoveAsync(notice.Id, stoppingToken);
            return;
        }

        if (await client.SendAsync(webhook, notice, stoppingToken) is not { } problem)
        {
            metrics.Delivered();
            LogDelivered(notice.Id, notice.Webhook, due.Attempt);
            await outbox.RemoveAsync(notice.Id, stoppingToken);
        }
        else if (time.GetUtcNow() - notice.CreatedAt > TimeSpan.FromSeconds(options.GiveUpSeconds))
        {
            metrics.GivenUp();
            LogGivenUp(notice.Id, notice.Webhook, due.Attempt, problem);
            await outbox.RemoveAsync(notice.Id, stoppingToken);
        }
        else
        {
            metrics.Failed();
            var pause = Pause(due.Attempt);
            LogFailed(notice.Id, notice.Webhook, due.Attempt, problem, pause.TotalSeconds);
            await outbox.DelayAsync(notice.Id, pause, stoppingToken);
        }
    }

    private TimeSpan Pause(int attempt)
    {
        var pause = TimeSpan.FromSeconds(options.FirstRetrySeconds * Math.Pow(2, Math.Min(attempt - 1, 20)));
        return pause < LongestPause ? pause : LongestPause;
    }

    /// <summary>Until this gateway sees something, and at most for the interval; while the store does not answer, for the interval.</summary>
    private async Task WaitAsync(CancellationToken stoppingToken)
    {
        if (_isFailing)
        {
            await Task.Delay(Interval, time, stoppingToken);
            return;
        }

        using var interval = new CancellationTokenSource(Interval, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(interval.Token, stoppingToken);
        try
        {
            await watch.Waiting.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            // Look at what others saw, and at what is to be tried again.
        }
    }

    [LoggerMessage(1, LogLevel.Information, "A budget has reached a threshold: notice {Id} for the webhook '{Webhook}'")]
    private partial void LogSeen(string id, string webhook);

    [LoggerMessage(2, LogLevel.Information, "Notice {Id} has arrived at the webhook '{Webhook}', attempt {Attempt}")]
    private partial void LogDelivered(string id, string webhook, int attempt);

    [LoggerMessage(3, LogLevel.Warning, "Notice {Id} did not arrive at the webhook '{Webhook}', attempt {Attempt}: {Problem}. Next attempt in {Seconds} s")]
    private partial void LogFailed(string id, string webhook, int attempt, string problem, double seconds);

    [LoggerMessage(4, LogLevel.Error, "Notice {Id} for the webhook '{Webhook}' is given up after {Attempt} attempts: {Problem}")]
    private partial void LogGivenUp(string id, string webhook, int attempt, string problem);

    [LoggerMessage(5, LogLevel.Warning, "Notices are not sent until their store answers; none is lost: {Problem}")]
    private partial void LogFailing(string problem);
}
