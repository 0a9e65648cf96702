using Gateway.Budgets;
using Gateway.Redis;

namespace Gateway.Limits;

/// <summary>Registers managed limits: in Redis where one is configured, else in a file.</summary>
internal static class LimitServices
{
    private const string FileName = "limits.db";

    public static void AddManagedLimits(this IServiceCollection services)
    {
        services.AddSingleton(provider => provider.GetService<RedisLink>() is { } link
            ? LimitStore.InRedis(link)
            : LimitStore.InFile(Path.Combine(provider.GetRequiredService<GatewayOptions>().DataPath, FileName)));
        services.AddSingleton<ManagedLimits>();
        services.AddSingleton<LimitAccess>();
        services.AddSingleton<LimitSync>();
        services.AddHostedService(provider => provider.GetRequiredService<LimitSync>());
        services.AddSingleton<LimitAdministration>();
    }
}
