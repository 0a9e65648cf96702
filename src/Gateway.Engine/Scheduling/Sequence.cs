using System.Runtime.InteropServices;
using Gateway.Engine.KvCache;

namespace Gateway.Engine.Scheduling;

/// <summary>
/// A request as the scheduler sees it: tokens that are known, and how many of them are in the cache. Whatever is known and not
/// cached remains to be computed; that one difference is prompt, next token and recomputation after preemption alike.
/// </summary>
internal class Sequence
{
    /// <summary>Stands for the id of a token that is not known yet.</summary>
    public const int Pending = -1;

    private List<int> _tokenIds;

    /// <param name="promptIds">The prompt.</param>
    public Sequence(IReadOnlyCollection<int> promptIds)
    {
        (PromptLength, MaxTokenCount) = (promptIds.Count, promptIds.Count);
        _tokenIds = [.. promptIds];
    }

    /// <summary>Whose request it is, for the fair share.</summary>
    public string Tenant { get; init; } = "";

    public SchedulingPriority Priority { get; init; } = SchedulingPriority.Normal;

    /// <summary>Who may find its prefix, and whose it may find.</summary>
    public CacheScope Scope { get; init; } = CacheScope.Shared;

    /// <summary>Prompt and answer so far.</summary>
    public ReadOnlySpan<int> TokenIds => CollectionsMarshal.AsSpan(_tokenIds);

    public int TokenCount => _tokenIds.Count;

    /// <summary>Most tokens that prompt and answer come to, as far as that is known: its block table has room for them when it is admitted.</summary>
    public int MaxTokenCount { get; init; }

    public int PromptLength { get; }

    /// <summary>Tokens whose cache entries are written, or will be by the steps under way.</summary>
    public int CachedTokens { get; set; }

    /// <summary>Tokens still to be computed before the next one can be chosen; at least 1.</summary>
    public int UncachedTokens => TokenCount - CachedTokens;

    /// <summary>Leading tokens of the prompt that were found in the prefix cache when it was first admitted.</summary>
    public int PrefixHitTokens { get; set; }

    /// <summary>Cache blocks held.</summary>
    public BlockTable BlockTable { get; } = new();

    /// <summary>How many of the last tokens steps under way are choosing; their ids read as <see cref="Pending"/>.</summary>
    public int PendingCount { get; private set; }

    /// <summary>Whether the next step may compute it: not while its last token must be known first, nor when it will need no further one.</summary>
    public virtual bool MayGoOn => true;

    /// <summary>
    /// How many of its leading tokens may come out of the cache of prefixes: what is read off a token is there only when it is computed.
    /// </summary>
    public virtual int ReusableTokens => int.MaxValue;

    /// <summary>The place in the order of arrivals, which a preemption does not change.</summary>
    public long Arrival { get; set; }

    /// <summary>Where its service is counted; null before it was added.</summary>
    public TenantAccount? Account { get; set; }

    /// <summary>Whether it was admitted before, and so its prompt was looked up and charged.</summary>
    public bool WasAdmitted { get; set; }

    /// <summary>Whether its prompt, or what a preemption has it recompute, is not computed to the end.</summary>
    public bool IsPrefilling { get; set; }

    /// <summary>While it is prefilling: how many of its tokens the step that is being laid out computes.</summary>
    public int Allotted { get; set; }

    /// <summary>How often it lost its blocks.</summary>
    public int Preemptions { get; set; }

    /// <summary>The priority that holds: each preemption raises it by one, so that nobody is put off for ever.</summary>
    public SchedulingPriority Rank => (SchedulingPriority)Math.Min((int)SchedulingPriority.High, (int)Priority + Preemptions);

    /// <summary>From here on its tokens lie in this list, which has room for all of them; what it held is gone.</summary>
    public void MoveTo(List<int> tokenIds)
    {
        tokenIds.Clear();
        tokenIds.AddRange(TokenIds);
        _tokenIds = tokenIds;
    }

    /// <summary>Its tokens are not needed any more, and the list they lie in may be another's.</summary>
    public void ForgetTokens() => _tokenIds = [];

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
