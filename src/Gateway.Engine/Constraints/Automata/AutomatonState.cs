namespace Gateway.Engine.Constraints.Automata;

/// <summary>A state of a rule's automaton. Bytes and tokens lead on deterministically; besides, other rules may be entered from here.</summary>
/// <remarks>Immutable once its grammar is compiled; states of shared rules belong to many grammars.</remarks>
internal sealed class AutomatonState
{
    private static int _count;

    /// <summary>Of no other state in this process.</summary>
    public int Id { get; } = Interlocked.Increment(ref _count);

    /// <summary>The rule may end here.</summary>
    public bool IsAccepting { get; set; }

    /// <summary>Ascending, without overlap.</summary>
    public ByteEdge[] Bytes { get; set; } = [];

    public TokenEdge[] Tokens { get; set; } = [];

    public CallEdge[] Calls { get; set; } = [];

    /// <summary>This state counts repetitions: it has no edges, and how often the body was taken stands beside it on the stack.</summary>
    public RepeatCounter? Counter { get; set; }

    /// <summary>Some text leads from here to the end of the rule.</summary>
    public bool IsLive { get; set; }

    /// <summary>Nothing can follow but what follows the rule.</summary>
    public bool IsEnd => IsAccepting && Bytes.Length == 0 && Tokens.Length == 0 && Calls.Length == 0;

    /// <summary>Where a byte leads; null where nowhere.</summary>
    public AutomatonState? Next(byte value)
    {
        var (low, high) = (0, Bytes.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var edge = Bytes[middle];
            if (value < edge.First)
            {
                high = middle - 1;
            }
            else if (value > edge.Last)
            {
                low = middle + 1;
            }
            else
            {
                return edge.Target;
            }
        }

        return null;
    }
}
