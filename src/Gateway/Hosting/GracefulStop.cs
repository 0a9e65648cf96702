using Gateway.Contracts.Errors;
using Gateway.Pipeline;

namespace Gateway.Hosting;

/// <summary>
/// The end of this process, so that no request is lost by it. First it is not ready any more and serves all the same, for as long as whoever sends it
/// requests may take to notice (<see cref="GatewayOptions.DrainSeconds"/>); then no connection is taken, and what is under way has
/// <see cref="GatewayOptions.StopSeconds"/> to end; what has not by then is told so.
/// </summary>
public sealed partial class GracefulStop : IHostedLifecycleService, IAsyncDisposable
{
    /// <summary>What is told so has this long to be settled and sent, and so has what stops after the server.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    private readonly GatewayOptions _options;
    private readonly GatewayLoad _load;
    private readonly TimeProvider _time;
    private readonly ILogger<GracefulStop> _logger;
    private readonly CancellationTokenSource _cutOff = new();
    private bool _isStopping;
    private ITimer? _end;

    public GracefulStop(GatewayOptions options, GatewayLoad load, TimeProvider time, ILogger<GracefulStop> logger)
    {
        (_options, _load, _time, _logger) = (options, load, time, logger);
        CutOff = _cutOff.Token;
    }

    /// <summary>What clients are told whose requests did not end in time.</summary>
    public static GatewayError Error { get; } = new(
        ErrorCode.PolicyStopping, "This gateway is being stopped, and the time that requests under way had is over. Send the request again.", RetryAfter: TimeSpan.FromSeconds(1));

    /// <summary>Whether the process has been asked to stop. Each connection is then closed behind the answer that it is used for.</summary>
    public bool IsStopping => Volatile.Read(ref _isStopping);

    /// <summary>Cancelled when the time of what is under way is over.</summary>
    public CancellationToken CutOff { get; }

    /// <summary>The longest that all of it takes.</summary>
    public static TimeSpan Limit(GatewayOptions options) => TimeSpan.FromSeconds(options.DrainSeconds + options.StopSeconds) + Rest;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Before anything stops. Whoever asks again changes nothing.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isStopping, true))
        {
            return;
        }

        LogStopping(_load.InFlight, _options.DrainSeconds, _options.StopSeconds);
        await Task.Delay(TimeSpan.FromSeconds(_options.DrainSeconds), _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end = _time.CreateTimer(_ => End(), state: null, TimeSpan.FromSeconds(_options.StopSeconds), Timeout.InfiniteTimeSpan);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_end is { } end)
        {
            // Waits for it, should it run just now.
            await end.DisposeAsync();
        }

        _cutOff.Dispose();
    }

    private void End()
    {
        if (_load.InFlight is > 0 and var left)
        {
            LogCutOff(left, _options.StopSeconds);
        }

        _cutOff.Cancel();
    }

    [LoggerMessage(1, LogLevel.Information, "Stopping with {InFlight} requests under way: requests are taken for {DrainSeconds} s more, and have {StopSeconds} s to end")]
    private partial void LogStopping(int inFlight, double drainSeconds, double stopSeconds);

    [LoggerMessage(2, LogLevel.Warning, "{InFlight} requests have not ended within {StopSeconds} s and are cut off. Gateway:StopSeconds gives them longer")]
    private partial void LogCutOff(int inFlight, double stopSeconds);
}
