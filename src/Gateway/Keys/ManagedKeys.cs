using System.Collections.Immutable;
using Gateway.Budgets;
using Gateway.Policies;

namespace Gateway.Keys;

/// <summary>
/// What this process knows of the managed keys. Requests are authenticated by it alone, so that none waits for a store. Safe for concurrent use.
/// </summary>
public sealed class ManagedKeys
{
    private readonly Lock _lock = new();
    private volatile Known _known = new(null, [], VirtualKeys.Empty);

    /// <summary>Whether the store has answered once. Before, nobody knows whether an unknown key is good.</summary>
    public bool IsLoaded => _known.Version is not null;

    /// <summary>Whether there is a managed key, or may be one.</summary>
    public bool MayExist => !IsLoaded || !_known.Keys.IsEmpty;

    /// <summary>Each good secret with its holder; revoked and expired ones too, as such.</summary>
    public VirtualKeys Current => _known.Entries;

    /// <summary>In the ordinal order of their ids.</summary>
    public ImmutableArray<ManagedKey> All => _known.Keys;

    /// <summary>The version of the set that was read last; null before the first.</summary>
    public string? Version => _known.Version;

    public ManagedKey? Find(string id) => _known.Keys.FirstOrDefault(key => key.Id == id);

    /// <summary>
    /// Takes over what the store has. Where this process knows a higher revision of a key, that stays: a store that came back with old data
    /// brings no revoked key back.
    /// </summary>
    /// <returns>The keys that the store has lost, or lost a change of.</returns>
    public IReadOnlyList<ManagedKey> Adopt(KeySet stored)
    {
        lock (_lock)
        {
            var revisions = stored.Keys.ToDictionary(key => key.Id, key => key.Revision, StringComparer.Ordinal);
            List<ManagedKey> lost = [.. _known.Keys.Where(key => revisions.GetValueOrDefault(key.Id) < key.Revision)];
            ImmutableArray<ManagedKey> keys =
            [
                .. stored.Keys.Concat(lost)
                    .GroupBy(key => key.Id, StringComparer.Ordinal)
                    .Select(versions => versions.MaxBy(key => key.Revision)!)
                    .OrderBy(key => key.Id, StringComparer.Ordinal),
            ];
            _known = new Known(stored.Version, keys, VirtualKeys.Of(keys.SelectMany(key => key.Entries)));
            return lost;
        }
    }

    private sealed record Known(string? Version, ImmutableArray<ManagedKey> Keys, VirtualKeys Entries);
}
