namespace Gateway.Engine.Sampling;

/// <summary>What penalties look at: which ids have occurred, and how often in the answer.</summary>
internal sealed class TokenHistory
{
    private readonly HashSet<int> _seen;
    private readonly Dictionary<int, int> _generated = [];

    public TokenHistory(IEnumerable<int> promptIds) => _seen = [.. promptIds];

    /// <summary>Ids that occur in prompt or answer.</summary>
    public IReadOnlyCollection<int> Seen => _seen;

    /// <summary>How often each id occurs in the answer.</summary>
    public IReadOnlyDictionary<int, int> Generated => _generated;

    public void Add(int tokenId)
    {
        _seen.Add(tokenId);
        _generated[tokenId] = _generated.GetValueOrDefault(tokenId) + 1;
    }
}
