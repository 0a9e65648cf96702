using System.Runtime.InteropServices;

namespace Gateway.Engine.Sampling;

/// <summary>What penalties look at: which ids have occurred, and how often in the answer.</summary>
/// <param name="vocabularySize">Ids that can occur. There is a count for each of them, so that no answer is too long for it to allocate nothing.</param>
internal sealed class TokenHistory(int vocabularySize)
{
    // 0 for an id that has not occurred, else 1 + its occurrences in the answer.
    private readonly int[] _counts = new int[vocabularySize];
    private readonly List<int> _seen = new(vocabularySize);

    /// <summary>For requests whose parameters look at none.</summary>
    public static TokenHistory None { get; } = new(0);

    /// <summary>Ids that occur in prompt or answer, each once.</summary>
    public ReadOnlySpan<int> Seen => CollectionsMarshal.AsSpan(_seen);

    /// <summary>Forgets all, and begins with a prompt.</summary>
    public void Begin(IReadOnlyList<int> promptIds)
    {
        foreach (var id in _seen)
        {
            _counts[id] = 0;
        }

        _seen.Clear();
        foreach (var id in promptIds)
        {
            See(id);
        }
    }

    /// <summary>A token of the answer.</summary>
    public void Add(int tokenId)
    {
        See(tokenId);
        _counts[tokenId]++;
    }

    public bool HasSeen(int tokenId) => _counts[tokenId] > 0;

    /// <summary>How often an id that was seen occurs in the answer.</summary>
    public int TimesGenerated(int tokenId) => _counts[tokenId] - 1;

    private void See(int tokenId)
    {
        if (_counts[tokenId] == 0)
        {
            _counts[tokenId] = 1;
            _seen.Add(tokenId);
        }
    }
}
