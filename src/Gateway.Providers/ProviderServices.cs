using Gateway.Providers.Failover;
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
        services.AddSingleton<IProviderClient, OpenAIProvider>();
        services.AddSingleton<LocalEngine>();
        services.AddSingleton<IProviderClient, LocalProvider>();
        services.AddSingleton<CircuitBreakers>();
        services.AddSingleton<RetryBudget>();
        services.AddSingleton<HedgeBudget>();
        services.AddSingleton<FailoverServices>();
        services.AddSingleton<FailoverExecutor>();
        return services;
    }
}
