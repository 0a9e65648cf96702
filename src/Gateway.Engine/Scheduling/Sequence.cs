using System.Runtime.InteropServices;

namespace Gateway.Engine.Scheduling;

/// <summary>
/// A request as the scheduler sees it: tokens that are known, and how many of them are in the cache. Whatever is known and not
/// cached remains to be computed; that one difference is prompt, next token and recomputation after preemption alike.
/// </summary>
internal class Sequence(IEnumerable<int> promptIds)
{
    private readonly List<int> _tokenIds = [.. promptIds];

    /// <summary>Prompt and answer so far.</summary>
    public ReadOnlySpan<int> TokenIds => CollectionsMarshal.AsSpan(_tokenIds);

    public int TokenCount => _tokenIds.Count;

    /// <summary>Tokens whose cache entries are written.</summary>
    public int CachedTokens { get; set; }

    /// <summary>Tokens still to be computed before the next one can be chosen; at least 1.</summary>
    public int UncachedTokens => TokenCount - CachedTokens;

    /// <summary>Cache blocks held, in order of positions.</summary>
    public List<int> BlockTable { get; } = [];

    public void Append(int tokenId) => _tokenIds.Add(tokenId);
}
