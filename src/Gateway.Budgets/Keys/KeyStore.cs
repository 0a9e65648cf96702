namespace Gateway.Budgets;

/// <summary>Managed keys as records of a store.</summary>
public abstract class KeyStore : IKeyStore
{
    private readonly IManagedRecords _records;

    private protected KeyStore(IManagedRecords records) => _records = records;

    public async Task<KeySet?> ReadAsync(string? knownVersion, CancellationToken cancellationToken = default) =>
        await _records.ReadAsync(knownVersion, cancellationToken) is { } set
            ? new KeySet(set.Version, [.. set.Texts.Select(ManagedKeyFormat.Read).OrderBy(key => key.Id, StringComparer.Ordinal)])
            : null;

    public Task<bool> PutAsync(ManagedKey key, CancellationToken cancellationToken = default) =>
        _records.WriteAsync(Record(key), mustFollow: true, cancellationToken);

    public Task RestoreAsync(ManagedKey key, CancellationToken cancellationToken = default) =>
        _records.WriteAsync(Record(key), mustFollow: false, cancellationToken);

    public void Watch(Action changed) => _records.Watch(changed);

    private static ManagedRecord Record(ManagedKey key) => new(key.Id, key.Revision, ManagedKeyFormat.Write(key));
}
