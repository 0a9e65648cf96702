using Gateway.Redis;

namespace Gateway.Budgets;

/// <summary>Where managed limits are kept, for one gateway or for all that share a Redis. Safe for concurrent use.</summary>
/// <remarks>All calls throw <see cref="StoreUnavailableException"/> when the store does not answer.</remarks>
public sealed class LimitStore
{
    private const string Kind = "limits";

    private readonly IManagedRecords _records;

    private LimitStore(IManagedRecords records) => _records = records;

    /// <summary>Those of all gateways on one Redis.</summary>
    public static LimitStore InRedis(RedisLink link) => new(new RedisManagedRecords(link, Kind));

    /// <summary>Those of a single gateway, in an SQLite file that the first limit makes.</summary>
    public static LimitStore InFile(string path) => new(new SqliteManagedRecords(path, Kind));

    /// <summary>All limits, or null when nothing changed since the set of this version.</summary>
    public async Task<LimitSet?> ReadAsync(string? knownVersion, CancellationToken cancellationToken = default) =>
        await _records.ReadAsync(knownVersion, cancellationToken) is { } set
            ? new LimitSet(set.Version, [.. set.Texts.Select(ManagedLimitFormat.Read).OrderBy(limit => limit.Id, StringComparer.Ordinal)])
            : null;

    /// <summary>Writes a limit, new or changed. Its revision must be one above the stored one, or 1 for a new one.</summary>
    /// <returns>False when another change came first; nothing was written then.</returns>
    public Task<bool> PutAsync(ManagedLimit limit, CancellationToken cancellationToken = default) =>
        _records.WriteAsync(Record(limit), mustFollow: true, cancellationToken);

    /// <summary>Writes a limit that the store has lost, or lost a change of. Does nothing when the store has the same revision or a higher one.</summary>
    public Task RestoreAsync(ManagedLimit limit, CancellationToken cancellationToken = default) =>
        _records.WriteAsync(Record(limit), mustFollow: false, cancellationToken);

    /// <summary>Has <paramref name="changed"/> called soon after any change by anybody. Calls may get lost, so look from time to time as well.</summary>
    /// <param name="changed">Must not block and must not throw.</param>
    public void Watch(Action changed) => _records.Watch(changed);

    private static ManagedRecord Record(ManagedLimit limit) => new(limit.Id, limit.Revision, ManagedLimitFormat.Write(limit));
}
