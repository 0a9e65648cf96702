using Gateway.Redis;
using Gateway.Routing;

namespace Gateway.Observing;

/// <summary>
/// Shares what this replica observed with the others through Redis, reads what they observed, and makes routing's view of it anew, every
/// interval. Without Redis, or while it is down, the view is of what is known: this replica's observations and the last of the others,
/// which grow old as they would anyway.
/// </summary>
/// <param name="link">Null when no Redis is configured.</param>
internal sealed partial class ObservationSharing(
    ObservationBoard board, ObservationsOptions options, GatewayOptions gateway, TimeProvider time, ILogger<ObservationSharing> logger, RedisLink? link = null)
    : BackgroundService
{
    private const string Key = "{observations}:v1";

    /// <summary>As long as observations count; a replica that died is remembered until then.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    private readonly ReplicaBoard? _replicas = link is null ? null : new ReplicaBoard(link, Key, gateway.EffectiveReplicaName, Lifetime);
    private IReadOnlyList<ReplicaObservations> _others = [];
    private IReadOnlyList<IgnoredExport> _ignored = [];
    private bool? _isShared;
    private bool _isFailing;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.IntervalSeconds), time);
        try
        {
            do
            {
                await ShareAsync(stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The end. When a start fails, the host would report it as a fault of its own.
        }
    }

    private async Task ShareAsync(CancellationToken stoppingToken)
    {
        try
        {
            await ReadOthersAsync(stoppingToken);
            board.Refresh(_others);
            LogIgnoredOnce(board.Ignored);
            _isFailing = false;
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            // A fault of ours; what another replica wrote must not end this one. The view stays as it was, and the next turn may do better.
            if (!_isFailing)
            {
                LogFault(exception);
            }

            _isFailing = true;
        }
    }

    private async Task ReadOthersAsync(CancellationToken stoppingToken)
    {
        if (_replicas is null)
        {
            return;
        }

        try
        {
            var notes = await _replicas.ExchangeAsync(board.Export(), stoppingToken);
            _others = [.. notes.Select(note => new ReplicaObservations(note.Replica, note.Note))];
            if (_isShared != true)
            {
                LogShared(gateway.EffectiveReplicaName, _others.Count);
            }

            _isShared = true;
        }
        catch (RedisCallException exception)
        {
            if (_isShared != false)
            {
                LogAlone(exception.Message);
            }

            _isShared = false;
        }
    }

    private void LogIgnoredOnce(IReadOnlyList<IgnoredExport> ignored)
    {
        foreach (var export in ignored.Except(_ignored))
        {
            LogIgnored(export.Replica, export.Reason);
        }

        _ignored = ignored;
    }

    [LoggerMessage(1, LogLevel.Information, "Observations are shared through Redis as replica '{Replica}', with {Others} others")]
    private partial void LogShared(string replica, int others);

    [LoggerMessage(2, LogLevel.Warning, "Observations are not shared until Redis answers; this replica routes by its own: {Problem}")]
    private partial void LogAlone(string problem);

    [LoggerMessage(3, LogLevel.Warning, "The observations of replica '{Replica}' do not count: {Reason}")]
    private partial void LogIgnored(string replica, string reason);

    [LoggerMessage(4, LogLevel.Error, "The observations could not be refreshed; routing goes on with those of before")]
    private partial void LogFault(Exception exception);
}
