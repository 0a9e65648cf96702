using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Gateway.Policies;

/// <summary>The virtual keys of a snapshot, found by the SHA-256 of what a caller presents.</summary>
public sealed class VirtualKeys
{
    /// <summary>Longer strings are no keys of ours and are not worth hashing.</summary>
    private const int MaxKeyBytes = 256;

    private readonly FrozenDictionary<KeyDigest, VirtualKey> _byDigest;

    internal VirtualKeys(IEnumerable<KeyValuePair<KeyDigest, VirtualKey>> keys)
    {
        var entries = keys.ToList();
        All = [.. entries.Select(entry => entry.Value)];
        _byDigest = entries.ToFrozenDictionary();
    }

    public static VirtualKeys Empty { get; } = new([]);

    /// <summary>Keys that stand in no file, each with the SHA-256 of what its caller presents, in hex. Of several with one hash the first counts.</summary>
    /// <exception cref="ArgumentException">A hash is none; it is not repeated.</exception>
    public static VirtualKeys Of(IEnumerable<(string Sha256, VirtualKey Key)> keys) => new(
        keys.Select(entry => KeyValuePair.Create(
                KeyDigest.TryParse(entry.Sha256, out var digest)
                    ? digest
                    : throw new ArgumentException($"The hash of the key '{entry.Key.Id}' is no SHA-256 in hex.", nameof(keys)),
                entry.Key))
            .DistinctBy(entry => entry.Key));

    /// <summary>Every key, in the order of the file, disabled and expired ones included.</summary>
    public ImmutableArray<VirtualKey> All { get; }

    public bool IsEmpty => All.IsEmpty;

    /// <summary>Finds the key that a caller presents. Ask <see cref="VirtualKey.IsActive"/> before trusting it.</summary>
    public bool TryFind(ReadOnlySpan<char> presentedKey, [NotNullWhen(true)] out VirtualKey? key)
    {
        Span<byte> utf8 = stackalloc byte[MaxKeyBytes];
        if (Encoding.UTF8.TryGetBytes(presentedKey, utf8, out var written))
        {
            return TryFind(utf8[..written], out key);
        }

        key = null;
        return false;
    }

    /// <inheritdoc cref="TryFind(ReadOnlySpan{char}, out VirtualKey?)"/>
    /// <param name="presentedKey">The key's UTF-8 bytes.</param>
    /// <param name="key">The key, when found.</param>
    public bool TryFind(ReadOnlySpan<byte> presentedKey, [NotNullWhen(true)] out VirtualKey? key)
    {
        key = null;
        return presentedKey.Length <= MaxKeyBytes && _byDigest.TryGetValue(KeyDigest.Of(presentedKey), out key);
    }
}
