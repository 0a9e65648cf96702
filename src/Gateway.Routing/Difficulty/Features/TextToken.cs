namespace Gateway.Routing.Difficulty.Features;

/// <summary>A word, a number or one symbol of a prompt.</summary>
/// <param name="Start">Offset in UTF-16 units.</param>
/// <param name="Length">Length in UTF-16 units.</param>
/// <param name="Hash">Of the lower-case word, of a number's count of digits, or of the symbol.</param>
/// <param name="IsCapitalized">The word starts with an upper-case letter.</param>
/// <param name="IsForeign">The first character is none of ASCII.</param>
/// <param name="Value">A number's value, at most <see cref="TextLexer.LargestNumber"/>; 0 otherwise.</param>
internal readonly record struct TextToken(
    TextTokenKind Kind, int Start, int Length, uint Hash, bool IsCapitalized, bool IsForeign, double Value);
