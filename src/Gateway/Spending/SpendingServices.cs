using Gateway.Budgets;
using Gateway.Hosting;
using Gateway.Redis;

namespace Gateway.Spending;

/// <summary>Registers what counts and limits spending.</summary>
internal static class SpendingServices
{
    private const string JournalName = "pending-settlements.jsonl";

    /// <param name="options">Valid.</param>
    /// <param name="redis">Valid.</param>
    public static void AddSpending(this IServiceCollection services, BudgetsOptions options, RedisOptions redis)
    {
        services.AddSingleton(options);
        services.AddSingleton<BudgetWindows>();
        services.AddSingleton<LimitCharges>();
        services.AddSingleton<Quoting>();
        services.AddSingleton<OutputLengths>();
        services.AddSingleton<SpendingBoard>();
        services.AddSingleton<IBudgetObserver>(provider => provider.GetRequiredService<SpendingBoard>());
        services.AddSingleton<SpendingMetrics>();
        services.AddSingleton<BudgetOverview>();
        services.AddSingleton<RequestSettler>();
        services.AddHostedService<BudgetUpkeep>();

        var store = options.EffectiveStore(redis.IsConfigured);
        if (store == BudgetsOptions.None)
        {
            return;
        }

        var memory = new BudgetStoreOptions { Memory = TimeSpan.FromHours(options.MemoryHours) };
        services.AddSingleton<IBudgetStore>(provider => store == BudgetsOptions.Redis
            ? Redis(options, new RedisBudgetStore(provider.GetRequiredService<RedisLink>(), memory), provider.GetRequiredService<TimeProvider>())
            : OpenFile(options.Path, memory, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(new BudgetGuardOptions { Lease = TimeSpan.FromSeconds(options.LeaseSeconds), MaxPending = options.MaxPendingSettlements });
        services.AddSingleton(provider =>
            new SettlementJournal(Path.Combine(provider.GetRequiredService<GatewayOptions>().DataPath, JournalName)));
        services.AddSingleton<BudgetGuard>();
    }

    private static IBudgetStore Redis(BudgetsOptions options, RedisBudgetStore store, TimeProvider time) =>
        options.FloatPercent > 0 ? new FloatingBudgetStore(store, options.FloatPercent / 100, time) : store;

    /// <exception cref="StartException">The file is in use, of another kind, or cannot be written.</exception>
    private static SqliteBudgetStore OpenFile(string path, BudgetStoreOptions options, TimeProvider time)
    {
        try
        {
            return new SqliteBudgetStore(path, options, time);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or BudgetStoreException)
        {
            const string Setting = $"{BudgetsOptions.Section}:{nameof(BudgetsOptions.Path)}";
            throw new StartException([$"{Setting}: {exception.Message} Each gateway needs a file of its own, in a folder that it may write."]);
        }
    }
}
