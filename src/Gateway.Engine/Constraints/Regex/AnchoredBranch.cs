using Gateway.Engine.Tokenization.Patterns;

namespace Gateway.Engine.Constraints.Regex;

/// <summary>One way through an expression, its anchors taken off.</summary>
/// <param name="IsAtStart">It matches only where the text begins.</param>
/// <param name="Body">What is left; without anchors.</param>
/// <param name="IsAtEnd">It matches only where the text ends.</param>
internal sealed record AnchoredBranch(bool IsAtStart, PatternNode Body, bool IsAtEnd)
{
    private const int MaxBranches = 1_000;

    /// <summary>The ways through an expression: one where it has no anchors.</summary>
    /// <exception cref="GrammarException">An anchor stands where text comes before <c>^</c> or behind <c>$</c>, or is repeated.</exception>
    public static List<AnchoredBranch> Of(PatternNode node)
    {
        var branches = node switch
        {
            AnchorNode anchor => [new AnchoredBranch(anchor.Anchor == Anchor.TextStart, new SequenceNode([]), anchor.Anchor == Anchor.TextEnd)],
            _ when !HasAnchor(node) => [new AnchoredBranch(false, node, false)],
            AlternationNode alternation => [.. alternation.Alternatives.SelectMany(Of)],
            SequenceNode sequence => OfSequence(sequence.Items),
            _ => throw new GrammarException("An anchor inside a repetition is not supported; move it out of the group."),
        };
        return branches.Count <= MaxBranches ? branches : throw new GrammarException("The expression has too many anchored alternatives.");
    }

    private static List<AnchoredBranch> OfSequence(IReadOnlyList<PatternNode> items)
    {
        var branches = Of(items[0]);
        foreach (var item in items.Skip(1))
        {
            branches = [.. branches.SelectMany(_ => Of(item), Join)];
        }

        return branches;
    }

    private static AnchoredBranch Join(AnchoredBranch left, AnchoredBranch right)
    {
        if ((right.IsAtStart && !IsEmpty(left.Body)) || (left.IsAtEnd && !IsEmpty(right.Body)))
        {
            throw new GrammarException("An anchor in the middle of an expression is not supported: ^ must come first and $ last.");
        }

        return new AnchoredBranch(
            left.IsAtStart || right.IsAtStart,
            IsEmpty(left.Body) ? right.Body : IsEmpty(right.Body) ? left.Body : new SequenceNode([left.Body, right.Body]),
            left.IsAtEnd || right.IsAtEnd);
    }

    private static bool IsEmpty(PatternNode node) => node is SequenceNode { Items.Count: 0 };

    private static bool HasAnchor(PatternNode node) => node switch
    {
        AnchorNode => true,
        SequenceNode sequence => sequence.Items.Any(HasAnchor),
        AlternationNode alternation => alternation.Alternatives.Any(HasAnchor),
        RepeatNode repeat => HasAnchor(repeat.Body),
        _ => false,
    };
}
