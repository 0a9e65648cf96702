using System.Buffers;
using System.Text;

namespace Gateway.Engine.Tokenization.Patterns;

/// <summary>Whether an anchor holds at a place of a text.</summary>
internal static class AnchorTest
{
    public static bool Holds(Anchor anchor, ReadOnlySpan<char> text, int position) => anchor switch
    {
        // Oniguruma sees no line behind a line feed that ends the text.
        Anchor.LineStart => position == 0 || (position < text.Length && text[position - 1] == '\n'),
        Anchor.LineEnd => position == text.Length || text[position] == '\n',
        Anchor.TextStart => position == 0,
        Anchor.TextEnd => position == text.Length,
        Anchor.TextEndOrLastLineFeed => position == text.Length || (position == text.Length - 1 && text[position] == '\n'),
        Anchor.WordBoundary => IsWordBefore(text, position) != IsWordAt(text, position),
        _ => IsWordBefore(text, position) == IsWordAt(text, position),
    };

    private static bool IsWordAt(ReadOnlySpan<char> text, int position) =>
        Rune.DecodeFromUtf16(text[position..], out var rune, out _) == OperationStatus.Done && WordCharacters.Contain(rune);

    private static bool IsWordBefore(ReadOnlySpan<char> text, int position) =>
        Rune.DecodeLastFromUtf16(text[..position], out var rune, out _) == OperationStatus.Done && WordCharacters.Contain(rune);
}
