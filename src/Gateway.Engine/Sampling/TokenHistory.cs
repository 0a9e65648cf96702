namespace Gateway.Engine.Sampling;

/// <summary>What penalties look at: which ids have occurred, and how often in the answer.</summary>
/// <remarks>Collections by their own types, so that walking through them for each token allocates nothing.</remarks>
internal sealed class TokenHistory
{
    private readonly HashSet<int> _seen;
    private readonly Dictionary<int, int> _generated = [];

    public TokenHistory(IEnumerable<int> promptIds) => _seen = [.. promptIds];

    /// <summary>Ids that occur in prompt or answer.</summary>
    public HashSet<int> Seen => _seen;

    /// <summary>How often each id occurs in the answer.</summary>
    public Dictionary<int, int> Generated => _generated;

    public void Add(int tokenId)
    {
        _seen.Add(tokenId);
        _generated[tokenId] = _generated.GetValueOrDefault(tokenId) + 1;
    }
}
