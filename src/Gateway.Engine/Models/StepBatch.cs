namespace Gateway.Engine.Models;

/// <summary>
/// The input of one forward pass: pieces of several sequences laid one after the other. It owns all it holds, so that a sequence
/// may leave the engine while its last pass still runs.
/// </summary>
internal sealed class StepBatch(int capacity)
{
    private readonly int[] _tokenIds = new int[capacity];
    private readonly int[] _positions = new int[capacity];
    private readonly int[][] _blocks = new int[capacity][];
    private readonly List<int> _logitTokens = [];
    private readonly List<(int Token, int Row)> _pending = [];

    public int TokenCount { get; private set; }

    public ReadOnlySpan<int> TokenIds => _tokenIds.AsSpan(0, TokenCount);

    /// <summary>Each token's place in its sequence, from 0.</summary>
    public ReadOnlySpan<int> Positions => _positions.AsSpan(0, TokenCount);

    /// <summary>Each token's block table: the cache blocks of its sequence, in order of positions.</summary>
    public ReadOnlySpan<int[]> Blocks => _blocks.AsSpan(0, TokenCount);

    /// <summary>The tokens whose logits are wanted, ascending.</summary>
    public IReadOnlyList<int> LogitTokens => _logitTokens;

    /// <summary>Tokens whose ids the step before this one is choosing, and in which of its rows; their ids here mean nothing.</summary>
    public IReadOnlyList<(int Token, int Row)> Pending => _pending;

    /// <summary>The last token added is the one that the step before chooses in that row.</summary>
    public void SetPending(int row) => _pending.Add((TokenCount - 1, row));

    public void Clear()
    {
        TokenCount = 0;
        _pending.Clear();
        _logitTokens.Clear();
    }

    /// <summary>Appends consecutive tokens of one sequence.</summary>
    /// <param name="tokenIds">The ids.</param>
    /// <param name="firstPosition">Place of the first of them in the sequence.</param>
    /// <param name="blocks">The sequence's block table; it reaches to the last of them at least.</param>
    /// <param name="logits">How many of the tokens want logits, counted from the last.</param>
    public void Add(ReadOnlySpan<int> tokenIds, int firstPosition, int[] blocks, int logits)
    {
        tokenIds.CopyTo(_tokenIds.AsSpan(TokenCount));
        for (var i = 0; i < tokenIds.Length; i++)
        {
            _positions[TokenCount + i] = firstPosition + i;
            _blocks[TokenCount + i] = blocks;
            if (i >= tokenIds.Length - logits)
            {
                _logitTokens.Add(TokenCount + i);
            }
        }

        TokenCount += tokenIds.Length;
    }
}
