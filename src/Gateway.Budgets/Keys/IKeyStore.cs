namespace Gateway.Budgets;

/// <summary>Where managed keys are kept, for one gateway or for all that share a Redis. Safe for concurrent use.</summary>
/// <remarks>All calls throw <see cref="StoreUnavailableException"/> when the store does not answer.</remarks>
public interface IKeyStore
{
    /// <summary>All keys, or null when nothing changed since the set of this version.</summary>
    Task<KeySet?> ReadAsync(string? knownVersion, CancellationToken cancellationToken = default);

    /// <summary>Writes a key, new or changed. Its revision must be one above the stored one, or 1 for a new key.</summary>
    /// <returns>False when another change came first; nothing was written then.</returns>
    Task<bool> PutAsync(ManagedKey key, CancellationToken cancellationToken = default);

    /// <summary>Writes a key that the store has lost, or lost a change of. Does nothing when the store has the same revision or a higher one.</summary>
    Task RestoreAsync(ManagedKey key, CancellationToken cancellationToken = default);

    /// <summary>Has <paramref name="changed"/> called soon after any change by anybody. Calls may get lost, so look from time to time as well.</summary>
    /// <param name="changed">Must not block and must not throw.</param>
    void Watch(Action changed);
}
