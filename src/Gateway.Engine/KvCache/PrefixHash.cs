namespace Gateway.Engine.KvCache;

/// <summary>
/// Hashes a prefix block by block, each block's hash going on from its parent's (FNV-1a, 64 bits, over whole token ids). It finds
/// candidates only: what it finds is compared token by token, so a collision costs a hit and never gives a wrong one.
/// </summary>
internal class PrefixHash
{
    private const ulong OffsetBasis = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    /// <summary>What the first block's hash goes on from.</summary>
    public virtual ulong Root(CacheScope scope) => (OffsetBasis ^ (uint)scope.GetHashCode()) * Prime;

    /// <param name="parent">Hash of the block before, or the root.</param>
    /// <param name="tokens">The block's tokens.</param>
    public virtual ulong Next(ulong parent, ReadOnlySpan<int> tokens)
    {
        var hash = parent;
        foreach (var token in tokens)
        {
            hash = (hash ^ (uint)token) * Prime;
        }

        return hash;
    }
}
