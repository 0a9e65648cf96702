using Gateway.Contracts.Errors;
using Gateway.Pipeline;

namespace Gateway.Hosting;

/// <summary>
/// The end of this process, so that no request is lost by it. First it is not ready any more and serves all the same, for as long as whoever sends it
/// requests may take to notice (<see cref="GatewayOptions.DrainSeconds"/>); then no connection is taken, and what is under way has
/// <see cref="GatewayOptions.StopSeconds"/> to end; what has not by then is told so.
/// </summary>
public sealed partial class GracefulStop(GatewayOptions options, GatewayLoad load, TimeProvider time, ILogger<GracefulStop> logger) : IHostedLifecycleService, IDisposable
{
    /// <summary>What is told so has this long to be settled and sent, and so has what stops after the server.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _cutOff = new();
    private volatile bool _isStopping;
    private ITimer? _end;

    /// <summary>What clients are told whose requests did not end in time.</summary>
    public static GatewayError Error { get; } = new(
        ErrorCode.PolicyStopping, "This gateway is being stopped, and the time that requests under way had is over. Send the request again.", RetryAfter: TimeSpan.FromSeconds(1));

    /// <summary>Whether the process has been asked to stop. Each connection is then closed behind the answer that it is used for.</summary>
    public bool IsStopping => _isStopping;

    /// <summary>Cancelled when the time of what is under way is over.</summary>
    public CancellationToken CutOff => _cutOff.Token;

    /// <summary>The longest that all of it takes.</summary>
    public static TimeSpan Limit(GatewayOptions options) => TimeSpan.FromSeconds(options.DrainSeconds + options.StopSeconds) + Rest;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Before anything stops.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        LogStopping(load.InFlight, options.DrainSeconds, options.StopSeconds);
        await Task.Delay(TimeSpan.FromSeconds(options.DrainSeconds), time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end = time.CreateTimer(_ => End(), state: null, TimeSpan.FromSeconds(options.StopSeconds), Timeout.InfiniteTimeSpan);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _end?.Dispose();
        _cutOff.Dispose();
    }

    private void End()
    {
        if (load.InFlight is > 0 and var left)
        {
            LogCutOff(left, options.StopSeconds);
        }

        _cutOff.Cancel();
    }

    [LoggerMessage(1, LogLevel.Information, "Stopping with {InFlight} requests under way: requests are taken for {DrainSeconds} s more, and have {StopSeconds} s to end")]
    private partial void LogStopping(int inFlight, double drainSeconds, double stopSeconds);

    [LoggerMessage(2, LogLevel.Warning, "{InFlight} requests have not ended within {StopSeconds} s and are cut off. Gateway:StopSeconds gives them longer")]
    private partial void LogCutOff(int inFlight, double stopSeconds);
}
