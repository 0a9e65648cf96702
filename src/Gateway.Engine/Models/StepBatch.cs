using Gateway.Engine.Execution;

namespace Gateway.Engine.Models;

/// <summary>
/// The input of one forward pass: pieces of several sequences laid one after the other. A sequence may leave the engine while its last pass
/// still runs: what the batch holds is its own, but for the block tables, which stay as they are until the next batch is laid out.
/// </summary>
internal sealed class StepBatch(int capacity)
{
    private readonly int[] _tokenIds = new int[capacity];
    private readonly int[] _positions = new int[capacity];
    private readonly int[][] _blocks = new int[capacity][];
    private readonly int[] _adapters = new int[capacity];
    private readonly List<int> _logitTokens = [];
    private readonly List<(int Token, int Row)> _pending = [];
    private readonly List<int> _stateTokens = [];
    private readonly List<PromptPiece> _promptPieces = [];

    public int TokenCount { get; private set; }

    public ReadOnlySpan<int> TokenIds => _tokenIds.AsSpan(0, TokenCount);

    /// <summary>Each token's place in its sequence, from 0.</summary>
    public ReadOnlySpan<int> Positions => _positions.AsSpan(0, TokenCount);

    /// <summary>Each token's block table: the cache blocks of its sequence, in order of positions. It may be longer than the sequence needs.</summary>
    public ReadOnlySpan<int[]> Blocks => _blocks.AsSpan(0, TokenCount);

    /// <summary>The number of the adapter that each token is under; 0 for the bare model.</summary>
    public ReadOnlyMemory<int> Adapters => _adapters.AsMemory(0, TokenCount);

    /// <summary>Whether any token is under an adapter.</summary>
    public bool HasAdapters { get; private set; }

    /// <summary>The tokens whose logits are wanted, ascending.</summary>
    public List<int> LogitTokens => _logitTokens;

    /// <summary>Tokens whose ids the step before this one is choosing, and in which of its rows; their ids here mean nothing.</summary>
    public List<(int Token, int Row)> Pending => _pending;

    /// <summary>The tokens whose states after the last norm are wanted, piece after piece.</summary>
    public List<int> StateTokens => _stateTokens;

    /// <summary>Who wants the states of <see cref="StateTokens"/>.</summary>
    public List<PromptPiece> PromptPieces => _promptPieces;

    /// <summary>The last token added is the one that the step before chooses in that row.</summary>
    public void SetPending(int row) => _pending.Add((TokenCount - 1, row));

    public void Clear()
    {
        (TokenCount, HasAdapters) = (0, false);
        _pending.Clear();
        _logitTokens.Clear();
        _stateTokens.Clear();
        _promptPieces.Clear();
    }

    /// <summary>Something is to be read off the tokens that were added last, as far as it is wanted and was not read before.</summary>
    /// <param name="reading">What.</param>
    /// <param name="firstPosition">Place of the first of them in the sequence.</param>
    /// <exception cref="InvalidOperationException">Tokens that are wanted were passed over.</exception>
    public void Read(PromptReading reading, int firstPosition)
    {
        var (next, end) = (reading.NextPosition, Math.Min(reading.EndPosition, _positions[TokenCount - 1] + 1));
        if (end <= next)
        {
            return;
        }

        if (firstPosition > next)
        {
            throw new InvalidOperationException($"Position {next} is to be read, and the step begins at {firstPosition}.");
        }

        _promptPieces.Add(new PromptPiece(reading, _stateTokens.Count, end - next));
        for (var position = next; position < end; position++)
        {
            _stateTokens.Add(TokenCount - 1 - _positions[TokenCount - 1] + position);
        }
    }

    /// <summary>Appends consecutive tokens of one sequence.</summary>
    /// <param name="tokenIds">The ids.</param>
    /// <param name="firstPosition">Place of the first of them in the sequence.</param>
    /// <param name="blocks">The sequence's block table; it reaches to the last of them at least.</param>
    /// <param name="logits">How many of the tokens want logits, counted from the last.</param>
    /// <param name="adapter">The number of the adapter that the sequence is under; 0 for the bare model.</param>
    public void Add(ReadOnlySpan<int> tokenIds, int firstPosition, int[] blocks, int logits, int adapter = 0)
    {
        _adapters.AsSpan(TokenCount, tokenIds.Length).Fill(adapter);
        HasAdapters |= adapter != 0;
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
