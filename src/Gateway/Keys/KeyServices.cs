using Gateway.Auditing;
using Gateway.Budgets;
using Gateway.Redis;

namespace Gateway.Keys;

/// <summary>Registers managed keys: in Redis where one is configured, else in a file.</summary>
internal static class KeyServices
{
    private const string FileName = "keys.db";

    public static void AddManagedKeys(this IServiceCollection services, KeyOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<AuditLog>();
        services.AddSingleton<IKeyStore>(provider => provider.GetService<RedisLink>() is { } link
            ? new RedisKeyStore(link)
            : new SqliteKeyStore(Path.Combine(provider.GetRequiredService<GatewayOptions>().DataPath, FileName)));
        services.AddSingleton<ManagedKeys>();
        services.AddSingleton<KeySync>();
        services.AddHostedService(provider => provider.GetRequiredService<KeySync>());
        services.AddSingleton<KeyAdministration>();
    }
}
