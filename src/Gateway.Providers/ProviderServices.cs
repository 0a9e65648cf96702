using Gateway.Providers.Failover;
using Gateway.Providers.Faults;
using Gateway.Providers.Local;
using Gateway.Providers.OpenAI;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Providers;

/// <summary>Registers one client per dialect, and what they stand on.</summary>
public static class ProviderServices
{
    public static IServiceCollection AddProviders(this IServiceCollection services)
    {
        services.AddHttpForwarder();
        services.AddSingleton<UpstreamClients>();
        services.AddSingleton<LocalEngine>();
        services.AddSingleton<FaultBoard>();
        services.AddClient<OpenAIProvider>();
        services.AddClient<LocalProvider>();
        services.AddSingleton<CircuitBreakers>();
        services.AddSingleton<RetryBudget>();
        services.AddSingleton<HedgeBudget>();
        services.AddSingleton<FailoverServices>();
        services.AddSingleton<FailoverExecutor>();
        return services;
    }

    /// <summary>Every client stands behind the board, so that faults can be injected into any provider.</summary>
    private static void AddClient<T>(this IServiceCollection services)
        where T : class, IProviderClient
    {
        services.AddSingleton<T>();
        services.AddSingleton<IProviderClient>(provider => new FaultInjectingClient(
            provider.GetRequiredService<T>(), provider.GetRequiredService<FaultBoard>(), provider.GetRequiredService<TimeProvider>()));
    }
}
