namespace Gateway.Engine.Constraints.Masks;

/// <summary>
/// The texts of all tokens as a tree of bytes, laid out in preorder: a walk is a loop, and leaving out a subtree is a jump. Tokens with the
/// same bytes share a node.
/// </summary>
internal sealed class TokenTrie
{
    /// <summary>
    /// Tokens of more bytes are never allowed, so that masks look ahead so far and no further. In the vocabularies of DeepSeek-V3 and Qwen
    /// they are long runs of one character.
    /// </summary>
    public const int MaxTokenBytes = 48;

    private readonly List<byte> _bytes = [0];
    private readonly List<byte> _depths = [0];
    private readonly List<int> _ends = [0];
    private readonly List<int> _firstTokens = [0];
    private readonly List<int> _tokens = [];

    /// <param name="tokens">Ids and bytes of the tokens that text may consist of.</param>
    public TokenTrie(IEnumerable<(int Id, ReadOnlyMemory<byte> Bytes)> tokens)
    {
        List<(int Id, ReadOnlyMemory<byte> Bytes)> sorted = [.. tokens.Where(token => token.Bytes.Length is > 0 and <= MaxTokenBytes)];
        sorted.Sort((one, other) => one.Bytes.Span.SequenceCompareTo(other.Bytes.Span) is not 0 and var order ? order : one.Id.CompareTo(other.Id));
        Span<int> path = stackalloc int[MaxTokenBytes + 1];
        path.Clear();
        ReadOnlySpan<byte> previous = [];
        foreach (var (id, bytes) in sorted)
        {
            var shared = bytes.Span.CommonPrefixLength(previous);
            Close(path[(shared + 1)..(previous.Length + 1)]);
            for (var depth = shared + 1; depth <= bytes.Length; depth++)
            {
                path[depth] = Add(bytes.Span[depth - 1], (byte)depth);
            }

            _tokens.Add(id);
            previous = bytes.Span;
        }

        Close(path[..(previous.Length + 1)]);
        Add(0, 0);
        (Bytes, Depths, Ends, FirstTokens, Tokens) = ([.. _bytes], [.. _depths], [.. _ends], [.. _firstTokens], [.. _tokens]);
    }

    /// <summary>Each node's last byte; node 0 is the root, and one more stands behind the last.</summary>
    public byte[] Bytes { get; }

    /// <summary>How many bytes lead to each node.</summary>
    public byte[] Depths { get; }

    /// <summary>The node behind each node's subtree.</summary>
    public int[] Ends { get; }

    /// <summary>Where each node's tokens begin in <see cref="Tokens"/>; they end where the next node's begin.</summary>
    public int[] FirstTokens { get; }

    /// <summary>Token ids in the order of their nodes.</summary>
    public int[] Tokens { get; }

    private int Add(byte value, byte depth)
    {
        _bytes.Add(value);
        _depths.Add(depth);
        _ends.Add(0);
        _firstTokens.Add(_tokens.Count);
        return _bytes.Count - 1;
    }

    private void Close(ReadOnlySpan<int> nodes)
    {
        foreach (var node in nodes)
        {
            _ends[node] = _bytes.Count;
        }
    }
}
