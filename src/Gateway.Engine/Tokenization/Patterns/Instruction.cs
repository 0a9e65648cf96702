namespace Gateway.Engine.Tokenization.Patterns;

/// <summary>One step of a compiled pattern.</summary>
internal sealed record Instruction(Operation Operation)
{
    /// <summary>The characters of <see cref="Operation.Set"/> and <see cref="Operation.Loop"/>.</summary>
    public CodePointSet Set { get; init; } = CodePointSet.Empty;

    public int Min { get; init; }

    public int Max { get; init; } = int.MaxValue;

    public RepeatMode Mode { get; init; }

    /// <summary>Of a loop: what must come next for the rest to match; null when that is not known, or nothing need come.</summary>
    public CodePointSet? Follow { get; init; }

    /// <summary>Of <see cref="Operation.Jump"/> the target, of <see cref="Operation.Split"/> the branch tried first, of a lookahead or an atomic group what comes behind it.</summary>
    public int Target { get; init; }

    /// <summary>The branch of <see cref="Operation.Split"/> tried second.</summary>
    public int Alternative { get; init; }

    /// <summary>The characters that the first branch of a split can go on with; null when any, or none, will do.</summary>
    public CodePointSet? TargetFirst { get; init; }

    /// <summary>The same for the second branch.</summary>
    public CodePointSet? AlternativeFirst { get; init; }

    public bool IsNegative { get; init; }

    public Anchor Anchor { get; init; }

    /// <summary>The row of this instruction in the table of failures; -1 when it needs none.</summary>
    public int State { get; init; } = -1;
}

internal enum Operation
{
    /// <summary>One character of a set.</summary>
    Set,

    /// <summary>A run of characters of one set.</summary>
    Loop,

    /// <summary>Two ways to go on.</summary>
    Split,

    Jump,

    /// <summary>Lookahead; its body follows and ends in <see cref="Match"/>.</summary>
    Look,

    /// <summary>Atomic group; its body follows and ends in <see cref="Match"/>.</summary>
    Atomic,

    Anchor,

    /// <summary>The end of the pattern, or of the body of a lookahead or an atomic group.</summary>
    Match,
}
