using System.Text;

namespace Gateway.Engine.Tokenization.Patterns;

/// <summary>Whether a character belongs to a word; kept, because building the set takes a pass over all of Unicode.</summary>
internal static class WordCharacters
{
    private static readonly Lazy<CodePointSet> Set = new(() => UnicodeClasses.Word);

    public static bool Contain(Rune rune) => Set.Value.Contains(rune.Value);
}
