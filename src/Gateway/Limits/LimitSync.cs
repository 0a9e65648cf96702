using System.Threading.Channels;
using Gateway.Budgets;
using Gateway.Keys;

namespace Gateway.Limits;

/// <summary>
/// Keeps <see cref="ManagedLimits"/> as the store is: it reads when it is told of a change, and every <see cref="KeyOptions.PollSeconds"/> in case it was
/// not told. While the store does not answer, what is known stays in force.
/// </summary>
public sealed partial class LimitSync : BackgroundService
{
    private readonly LimitStore _store;
    private readonly ManagedLimits _limits;
    private readonly TimeProvider _time;
    private readonly ILogger<LimitSync> _logger;
    private readonly TimeSpan _interval;

    /// <summary>Of several changes one look sees all.</summary>
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private bool _isFailing;

    public LimitSync(LimitStore store, ManagedLimits limits, KeyOptions options, TimeProvider time, ILogger<LimitSync> logger)
    {
        (_store, _limits, _time, _logger) = (store, limits, time, logger);
        _interval = TimeSpan.FromSeconds(options.PollSeconds);
        store.Watch(() => _changes.Writer.TryWrite(true));
    }

    /// <summary>Reads the store once before the gateway listens; if it does not answer, the gateway starts all the same.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryReadAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Reads the store now.</summary>
    /// <exception cref="StoreUnavailableException">It does not answer.</exception>
    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        if (await _store.ReadAsync(_limits.Version, cancellationToken) is not { } stored)
        {
            return;
        }

        foreach (var lost in _limits.Adopt(stored))
        {
            LogRestored(lost.Id, lost.Revision);
            await _store.RestoreAsync(lost, cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await WaitAsync(stoppingToken);
                await TryReadAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end.
        }
    }

    /// <summary>Until something changed, and at most for the interval.</summary>
    private async Task WaitAsync(CancellationToken stoppingToken)
    {
        using var interval = new CancellationTokenSource(_interval, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(interval.Token, stoppingToken);
        try
        {
            await _changes.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            // Nobody said anything: look all the same.
        }
    }

    private async Task TryReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ReadAsync(cancellationToken);
            if (_isFailing)
            {
                LogRecovered();
            }

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
    }

    [LoggerMessage(1, LogLevel.Warning, "Managed limits cannot be read; those that this gateway knows stay in force, and none that it does not know: {Problem}")]
    private partial void LogFailing(string problem);

    [LoggerMessage(2, LogLevel.Information, "Managed limits are read again")]
    private partial void LogRecovered();

    [LoggerMessage(3, LogLevel.Warning, "The store had lost the managed limit '{Id}' or a change of it; revision {Revision} is written back")]
    private partial void LogRestored(string id, long revision);
}
