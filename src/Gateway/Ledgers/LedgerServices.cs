using Gateway.Budgets;
using Gateway.Budgets.Sql;
using Gateway.Redis;
using Gateway.Reports;

namespace Gateway.Ledgers;

/// <summary>Registers the ledger in SQL and what writes it.</summary>
internal static class LedgerServices
{
    /// <summary>
    /// The ledger is fed by the store that requests are settled in: the embedded one, or Redis where one is configured. Without either nothing is
    /// ever settled: the ledger is only read.
    /// </summary>
    public static void AddLedger(this IServiceCollection services, LedgerOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(provider => LedgerDatabase.Open(options, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<LedgerState>();
        services.AddSingleton<LedgerMetrics>();
        services.AddSingleton<ReportAccess>();
        services.AddSingleton<IHostedService>(provider => Source(provider, options) is { } source
            ? ActivatorUtilities.CreateInstance<LedgerWriting>(provider, new LedgerIntake(source, provider.GetRequiredService<LedgerDatabase>(), options))
            : new NothingToWrite());
    }

    private static ILedgerSource? Source(IServiceProvider provider, LedgerOptions options)
    {
        var time = provider.GetRequiredService<TimeProvider>();
        if (provider.GetService<IBudgetStore>() is SqliteBudgetStore embedded)
        {
            return new EmbeddedLedgerSource(embedded, time);
        }

        return provider.GetService<RedisLink>() is { } link
            ? new RedisLedgerSource(link, provider.GetRequiredService<GatewayOptions>().EffectiveReplicaName, options, time)
            : null;
    }

    private sealed class NothingToWrite : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
