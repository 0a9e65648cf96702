using Gateway.Engine.Tokenization.Patterns;

namespace Gateway.Engine.Tokenization.PreTokenizers;

/// <summary>Splits by an expression: the pre-tokenizers Split and Digits.</summary>
/// <param name="pattern">What is looked for.</param>
/// <param name="behavior">What becomes of it.</param>
/// <param name="invert">Swaps the roles of the matches and the texts between them.</param>
internal sealed class PatternSplitter(Pattern pattern, SplitBehavior behavior, bool invert) : Splitter
{
    public override void Split(ReadOnlySpan<char> text, List<TextRange> pieces)
    {
        List<TextRange> matches = [];
        pattern.FindAll(text, matches);
        var first = pieces.Count;
        var end = 0;
        var previousMatched = false;
        foreach (var match in matches)
        {
            if (match.Start > end)
            {
                Add(pieces, first, new TextRange(end, match.Start - end), invert, ref previousMatched);
            }

            Add(pieces, first, match, !invert, ref previousMatched);
            end = match.End;
        }

        if (end < text.Length)
        {
            Add(pieces, first, new TextRange(end, text.Length - end), invert, ref previousMatched);
        }

        pieces.RemoveAll(piece => piece.Length == 0);
    }

    private void Add(List<TextRange> pieces, int first, TextRange piece, bool matched, ref bool previousMatched)
    {
        var joins = pieces.Count > first && behavior switch
        {
            SplitBehavior.Contiguous => matched == previousMatched,
            SplitBehavior.MergedWithPrevious => matched && !previousMatched,
            SplitBehavior.MergedWithNext => previousMatched && !matched,
            _ => false,
        };
        previousMatched = matched;
        if (joins)
        {
            pieces[^1] = pieces[^1] with { Length = pieces[^1].Length + piece.Length };
        }
        else if (!matched || behavior != SplitBehavior.Removed)
        {
            pieces.Add(piece);
        }
    }
}
