using Gateway.Redis;

namespace Gateway.Budgets;

/// <summary>Managed keys of all gateways on one Redis.</summary>
public sealed class RedisKeyStore(RedisLink link) : KeyStore(new RedisManagedRecords(link, "keys"));
