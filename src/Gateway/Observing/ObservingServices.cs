using Gateway.Redis;
using Gateway.Routing;

namespace Gateway.Observing;

/// <summary>Registers what observes models, and what shares it.</summary>
internal static class ObservingServices
{
    /// <param name="redis">Valid; without a configuration there is no <see cref="RedisLink"/>.</param>
    public static void AddObserving(this IServiceCollection services, ObservationsOptions options, RedisOptions redis)
    {
        services.AddSingleton(options);
        if (redis.IsConfigured)
        {
            services.AddSingleton(provider => new RedisLink(redis, provider.GetRequiredService<TimeProvider>()));
        }

        services.AddSingleton<ObservationBoard>();
        services.AddHostedService<ObservationSharing>();
    }
}
