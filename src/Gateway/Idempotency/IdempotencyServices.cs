using Gateway.Budgets;
using Gateway.Pipeline;
using Gateway.Redis;

namespace Gateway.Idempotency;

/// <summary>Registers what keeps answers for retries: in Redis where one is configured, else in a file.</summary>
internal static class IdempotencyServices
{
    private const string FileName = "idempotency.db";

    public static void AddIdempotency(this IServiceCollection services, IdempotencyOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<IdempotencyMetrics>();
        services.AddSingleton<IIdempotencyStore>(provider => provider.GetService<RedisLink>() is { } link
            ? new RedisIdempotencyStore(link)
            : new SqliteIdempotencyStore(
                Path.Combine(provider.GetRequiredService<GatewayOptions>().DataPath, FileName), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IdempotencyStage>();
    }
}
