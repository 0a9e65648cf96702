using Gateway.Budgets;
using Gateway.Hosting;
using Gateway.Keys;

namespace Gateway.Limits;

/// <summary>
/// Keeps <see cref="ManagedLimits"/> as the store is: it reads when it is told of a change, and every <see cref="KeyOptions.PollSeconds"/> in case it was
/// not told. While the store does not answer, what is known stays in force.
/// </summary>
public sealed partial class LimitSync : StoreSync
{
    private readonly LimitStore _store;
    private readonly ManagedLimits _limits;
    private readonly ILogger<LimitSync> _logger;

    public LimitSync(LimitStore store, ManagedLimits limits, KeyOptions options, TimeProvider time, ILogger<LimitSync> logger)
        : base(store.Watch, TimeSpan.FromSeconds(options.PollSeconds), time) => (_store, _limits, _logger) = (store, limits, logger);

    public override async Task ReadAsync(CancellationToken cancellationToken)
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

    protected override void OnFailing(string problem) => LogFailing(problem);

    protected override void OnRecovered() => LogRecovered();

    [LoggerMessage(1, LogLevel.Warning, "Managed limits cannot be read; those that this gateway knows stay in force, and none that it does not know: {Problem}")]
    private partial void LogFailing(string problem);

    [LoggerMessage(2, LogLevel.Information, "Managed limits are read again")]
    private partial void LogRecovered();

    [LoggerMessage(3, LogLevel.Warning, "The store had lost the managed limit '{Id}' or a change of it; revision {Revision} is written back")]
    private partial void LogRestored(string id, long revision);
}
