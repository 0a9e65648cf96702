namespace Gateway.Budgets;

/// <summary>Where records of one kind are kept, for one gateway or for all that share a Redis. Safe for concurrent use.</summary>
/// <remarks>All calls throw <see cref="StoreUnavailableException"/> when the store does not answer.</remarks>
internal interface IManagedRecords
{
    /// <summary>
    /// The version of the set, another one after each change and empty while there never was a record, and their texts; null when nothing changed since.
    /// </summary>
    Task<(string Version, IReadOnlyList<string> Texts)?> ReadAsync(string? knownVersion, CancellationToken cancellationToken);

    /// <summary>Writes a record, new or changed.</summary>
    /// <param name="mustFollow">Whether its revision must be the one after the stored one; otherwise any higher one will do.</param>
    /// <returns>False when the stored revision forbids it; nothing was written then.</returns>
    Task<bool> WriteAsync(ManagedRecord record, bool mustFollow, CancellationToken cancellationToken);

    /// <summary>Has <paramref name="changed"/> called soon after any change by anybody. Calls may get lost, so look from time to time as well.</summary>
    /// <param name="changed">Must not block and must not throw.</param>
    void Watch(Action changed);
}
