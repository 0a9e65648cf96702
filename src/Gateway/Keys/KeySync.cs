using System.Threading.Channels;
using Gateway.Budgets;

namespace Gateway.Keys;

/// <summary>
/// Keeps <see cref="ManagedKeys"/> as the store is: it reads when it is told of a change, and every <see cref="KeyOptions.PollSeconds"/> in
/// case it was not told. While the store does not answer, what is known stays in force.
/// </summary>
public sealed partial class KeySync : BackgroundService
{
    private readonly IKeyStore _store;
    private readonly ManagedKeys _keys;
    private readonly TimeProvider _time;
    private readonly ILogger<KeySync> _logger;
    private readonly TimeSpan _interval;

    /// <summary>Of several changes one look sees all.</summary>
    private readonly Channel<bool> _changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private bool? _isFailing;
    private long _readAt;

    public KeySync(IKeyStore store, ManagedKeys keys, KeyOptions options, TimeProvider time, ILogger<KeySync> logger)
    {
        (_store, _keys, _time, _logger) = (store, keys, time, logger);
        _interval = TimeSpan.FromSeconds(options.PollSeconds);
        store.Watch(() => _changes.Writer.TryWrite(true));
    }

    /// <summary>For how long the store was not read; null before the first time.</summary>
    public TimeSpan? Staleness => Volatile.Read(ref _readAt) is not 0 and var readAt ? _time.GetElapsedTime(readAt) : null;

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
        var set = await _store.ReadAsync(_keys.Version, cancellationToken);
        Volatile.Write(ref _readAt, _time.GetTimestamp());
        if (set is not { } stored)
        {
            return;
        }

        foreach (var lost in _keys.Adopt(stored))
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
            if (_isFailing == true)
            {
                LogRecovered();
            }

            _isFailing = false;
        }
        catch (StoreUnavailableException exception)
        {
            if (_isFailing != true)
            {
                LogFailing(
                    _keys.IsLoaded ? "those that this gateway knows stay in force, and so do their revocations" : "none is known yet, and callers with one get 503",
                    exception.Message);
            }

            _isFailing = true;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Managed keys cannot be read; {Consequence}: {Problem}")]
    private partial void LogFailing(string consequence, string problem);

    [LoggerMessage(2, LogLevel.Information, "Managed keys are read again")]
    private partial void LogRecovered();

    [LoggerMessage(3, LogLevel.Warning, "The store had lost the managed key '{Id}' or a change of it; revision {Revision} is written back")]
    private partial void LogRestored(string id, long revision);
}
