using System.Runtime.InteropServices;

namespace Gateway.Engine.Scheduling;

/// <summary>
/// A request as the scheduler sees it: tokens that are known, and how many of them are in the cache. Whatever is known and not
/// cached remains to be computed; that one difference is prompt, next token and recomputation after preemption alike.
/// </summary>
internal class Sequence(IEnumerable<int> promptIds)
{
    /// <summary>Stands for the id of a token that is not known yet.</summary>
    public const int Pending = -1;

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

    /// <summary>How many of the last tokens steps under way are choosing; their ids read as <see cref="Pending"/>.</summary>
    public int PendingCount { get; private set; }

    /// <summary>Whether the next step may compute it: not while its last token must be known first, nor when it will need no further one.</summary>
    public virtual bool MayGoOn => true;

    /// <summary>
    /// How many of its leading tokens may come out of the cache of prefixes: what is read off a token is there only when it is computed.
    /// </summary>
    public virtual int ReusableTokens => int.MaxValue;

    public void Append(int tokenId) => _tokenIds.Add(tokenId);

    /// <summary>Makes room for the token that the step now laid out will choose.</summary>
    public void AppendPending()
    {
        PendingCount++;
        _tokenIds.Add(Pending);
    }

    /// <summary>The first pending token turned out to be this one.</summary>
    public void Resolve(int tokenId) => _tokenIds[^PendingCount--] = tokenId;
}
