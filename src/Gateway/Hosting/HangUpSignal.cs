using System.Runtime.InteropServices;
using Gateway.Policies;

namespace Gateway.Hosting;

/// <summary>SIGHUP, which servers take for the wish to read their settings again, and which would end this process with all its requests.</summary>
public sealed partial class HangUpSignal(PolicyStore policies, ILogger<HangUpSignal> logger) : IHostedService, IDisposable
{
    private PosixSignalRegistration? _registration;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _registration = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            LogHangUp();
            policies.LookSoon();
        });
        return Task.CompletedTask;
    }

    /// <summary>Nothing: a terminal that is closed behind Ctrl+C must not end the process while others still write down what is left.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _registration?.Dispose();

    [LoggerMessage(1, LogLevel.Information, "SIGHUP: the policies are looked at now. The other settings are those of the start; SIGTERM ends the gateway")]
    private partial void LogHangUp();
}
