using Gateway.Engine;
using Gateway.Policies;

namespace Gateway.Providers.Local;

/// <summary>Says for the engine where a request comes from.</summary>
internal static class LocalOrigin
{
    // Stands in no name that a key may have, so that no two tenants are written alike.
    private const char Separator = '\u001f';

    /// <param name="key">The caller's key; null when the gateway runs without keys: then there is one tenant.</param>
    /// <param name="priority">Of the request.</param>
    /// <param name="sharesPrefixes">Whether tenants find each other's prefixes.</param>
    public static RequestOrigin Of(VirtualKey? key, RequestPriority priority, bool sharesPrefixes)
    {
        var tenant = TenantOf(key);
        return new RequestOrigin
        {
            Tenant = tenant,
            Priority = priority switch
            {
                RequestPriority.Low => SchedulingPriority.Low,
                RequestPriority.High => SchedulingPriority.High,
                _ => SchedulingPriority.Normal,
            },
            CacheSalt = sharesPrefixes ? null : tenant,
        };
    }

    /// <summary>The team of the organization; a key of neither is a tenant of its own.</summary>
    private static string TenantOf(VirtualKey? key) => key switch
    {
        null => "",
        { Organization: null, Team: null } => $"key{Separator}{key.Id}",
        _ => $"team{Separator}{key.Organization}{Separator}{key.Team}",
    };
}
