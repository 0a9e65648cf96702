using Gateway.Policies;
using Gateway.Providers.OpenAI;

namespace Gateway.Hosting;

/// <summary>Says in the log what became of each edit of the policies, and lets go of connections that no provider uses any more.</summary>
public sealed partial class PolicyWatcher(PolicyStore policies, UpstreamClients clients, ListenAddresses listening, ILogger<PolicyWatcher> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        policies.Reloaded += OnReloaded;
        LogInUse(policies.Current.Version, policies.Current.ContentHash);
        foreach (var warning in policies.Status.Warnings)
        {
            LogWarning(warning);
        }

        if (policies.Current.Keys.IsEmpty)
        {
            LogNoKeys(string.Join(", ", listening.Urls), listening.WasNarrowed ? " although another address is configured" : "");
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        policies.Reloaded -= OnReloaded;
        return Task.CompletedTask;
    }

    private void OnReloaded(PolicyLoadResult result)
    {
        foreach (var warning in result.Warnings)
        {
            LogWarning(warning);
        }

        if (result.IsValid)
        {
            clients.Keep(result.Snapshot.Providers.Select(provider => provider.Upstream).OfType<UpstreamDefinition>());
            LogInUse(result.Snapshot.Version, result.Snapshot.ContentHash);
            return;
        }

        foreach (var error in result.Errors)
        {
            LogRefused(error);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Policies in use: version {Version}, content {Hash}")]
    private partial void LogInUse(long version, string hash);

    [LoggerMessage(2, LogLevel.Error, "The edit of the policies was refused, the ones before it stay in use: {Error}")]
    private partial void LogRefused(PolicyError error);

    [LoggerMessage(3, LogLevel.Warning, "Policies: {Warning}")]
    private partial void LogWarning(PolicyError warning);

    [LoggerMessage(4, LogLevel.Warning, "No virtual keys are configured: listening on {Urls} only, on this machine{Although}. To serve others, add a key: gateway keys create")]
    private partial void LogNoKeys(string urls, string although);
}
