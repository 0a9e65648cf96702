using Gateway.Budgets;
using Gateway.Hosting;

namespace Gateway.Keys;

/// <summary>
/// Keeps <see cref="ManagedKeys"/> as the store is: it reads when it is told of a change, and every <see cref="KeyOptions.PollSeconds"/> in
/// case it was not told. While the store does not answer, what is known stays in force.
/// </summary>
public sealed partial class KeySync : StoreSync
{
    private readonly IKeyStore _store;
    private readonly ManagedKeys _keys;
    private readonly TimeProvider _time;
    private readonly ILogger<KeySync> _logger;

    private long _readAt;

    public KeySync(IKeyStore store, ManagedKeys keys, KeyOptions options, TimeProvider time, ILogger<KeySync> logger)
        : base(store.Watch, TimeSpan.FromSeconds(options.PollSeconds), time) => (_store, _keys, _time, _logger) = (store, keys, time, logger);

    /// <summary>For how long the store was not read; null before the first time.</summary>
    public TimeSpan? Staleness => Volatile.Read(ref _readAt) is not 0 and var readAt ? _time.GetElapsedTime(readAt) : null;

    public override async Task ReadAsync(CancellationToken cancellationToken)
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

    protected override void OnFailing(string problem) => LogFailing(
        _keys.IsLoaded ? "those that this gateway knows stay in force, and so do their revocations" : "none is known yet, and callers with one get 503", problem);

    protected override void OnRecovered() => LogRecovered();

    [LoggerMessage(1, LogLevel.Warning, "Managed keys cannot be read; {Consequence}: {Problem}")]
    private partial void LogFailing(string consequence, string problem);

    [LoggerMessage(2, LogLevel.Information, "Managed keys are read again")]
    private partial void LogRecovered();

    [LoggerMessage(3, LogLevel.Warning, "The store had lost the managed key '{Id}' or a change of it; revision {Revision} is written back")]
    private partial void LogRestored(string id, long revision);
}
