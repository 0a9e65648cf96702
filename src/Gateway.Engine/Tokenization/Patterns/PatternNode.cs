namespace Gateway.Engine.Tokenization.Patterns;

/// <summary>A parsed regular expression.</summary>
internal abstract record PatternNode
{
    /// <summary>The fewest characters that it can match.</summary>
    public abstract long MinLength { get; }

    /// <summary>The characters that a match which is not empty can begin with; perhaps more of them, never fewer.</summary>
    public abstract CodePointSet First { get; }
}

/// <summary>One character out of a set.</summary>
internal sealed record SetNode(CodePointSet Set) : PatternNode
{
    public override long MinLength => 1;

    public override CodePointSet First => Set;
}

internal sealed record SequenceNode(IReadOnlyList<PatternNode> Items) : PatternNode
{
    public override long MinLength { get; } = Items.Aggregate(0L, (sum, item) => Math.Min(int.MaxValue, sum + item.MinLength));

    /// <summary>Of the items up to the first that cannot be empty.</summary>
    public override CodePointSet First { get; } = CodePointSet.Union(
        Items.Take(Items.TakeWhile(item => item.MinLength == 0).Count() + 1).Select(item => item.First));
}

/// <summary>The first alternative that lets the whole expression match.</summary>
internal sealed record AlternationNode(IReadOnlyList<PatternNode> Alternatives) : PatternNode
{
    public override long MinLength { get; } = Alternatives.Min(alternative => alternative.MinLength);

    public override CodePointSet First { get; } = CodePointSet.Union(Alternatives.Select(alternative => alternative.First));
}

/// <param name="Body">What is repeated.</param>
/// <param name="Min">At least so often.</param>
/// <param name="Max">At most so often; null for any number.</param>
/// <param name="Mode">Which number of repetitions is tried first.</param>
internal sealed record RepeatNode(PatternNode Body, int Min, int? Max, RepeatMode Mode) : PatternNode
{
    public override long MinLength { get; } = Math.Min(int.MaxValue, Body.MinLength * Min);

    public override CodePointSet First => Body.First;
}

/// <summary>Lookahead: <c>(?=…)</c> and <c>(?!…)</c>.</summary>
internal sealed record LookNode(PatternNode Body, bool IsNegative) : PatternNode
{
    public override long MinLength => 0;

    public override CodePointSet First => CodePointSet.Empty;
}

/// <summary><c>(?&gt;…)</c>: once matched, its other ways to match are forgotten.</summary>
internal sealed record AtomicNode(PatternNode Body) : PatternNode
{
    public override long MinLength { get; } = Body.MinLength;

    public override CodePointSet First => Body.First;
}

/// <summary>A condition on the place between two characters.</summary>
internal sealed record AnchorNode(Anchor Anchor) : PatternNode
{
    public override long MinLength => 0;

    public override CodePointSet First => CodePointSet.Empty;
}

internal enum RepeatMode
{
    /// <summary>As many as possible first.</summary>
    Greedy,

    /// <summary>As few as possible first.</summary>
    Lazy,

    /// <summary>As many as possible, and never fewer.</summary>
    Possessive,
}

/// <summary>Ruby's meaning, which is Oniguruma's: <c>^</c> and <c>$</c> are about lines.</summary>
internal enum Anchor
{
    /// <summary><c>^</c></summary>
    LineStart,

    /// <summary><c>$</c></summary>
    LineEnd,

    /// <summary><c>\A</c></summary>
    TextStart,

    /// <summary><c>\z</c></summary>
    TextEnd,

    /// <summary><c>\Z</c>: also before a last line feed.</summary>
    TextEndOrLastLineFeed,

    /// <summary><c>\b</c></summary>
    WordBoundary,

    /// <summary><c>\B</c></summary>
    NoWordBoundary,
}
