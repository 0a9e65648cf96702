using System.Text;

namespace Gateway.Engine.Tokenization.Patterns;

/// <summary>
/// Which characters are equal when case is ignored: Unicode simple case folding (CaseFolding.txt, statuses C and S), as
/// Oniguruma applies it to <c>(?i:…)</c>. Foldings to several characters, such as ß to ss, are left out: no expression of a
/// tokenizer holds one.
/// </summary>
internal static class CaseFolding
{
    /// <summary>
    /// The runtime's invariant casing keeps ASCII and non-ASCII letters apart; Unicode does not: long s, Kelvin and Ångström signs.
    /// </summary>
    private static readonly (int Sign, int Letter)[] Signs = [(0x17F, 's'), (0x212A, 'k'), (0x212B, 0xE5)];

    private static readonly Lazy<ILookup<int, int>> Classes = new(BuildClasses);

    public static CodePointSet Close(CodePointSet set)
    {
        var others = Classes.Value
            .Where(members => members.Any(set.Contains))
            .SelectMany(members => members)
            .Select(member => (member, member));
        return CodePointSet.FromRanges(set.Ranges.Concat(others));
    }

    /// <summary>The letters that have another case, by the form that their class shares.</summary>
    private static ILookup<int, int> BuildClasses() =>
        Enumerable.Range(0, 0x20000)
            .Where(Rune.IsValid)
            .Select(c => (Letter: c, Folded: Fold(c)))
            .Where(pair => pair.Letter != pair.Folded)
            .SelectMany(pair => new[] { pair, (Letter: pair.Folded, pair.Folded) })
            .Distinct()
            .ToLookup(pair => pair.Folded, pair => pair.Letter);

    /// <summary>By way of the capital, so that σ and ς, which share Σ, fold alike.</summary>
    private static int Fold(int codePoint)
    {
        var sign = Array.FindIndex(Signs, s => s.Sign == codePoint);
        return sign >= 0 ? Signs[sign].Letter : Rune.ToLowerInvariant(Rune.ToUpperInvariant(new Rune(codePoint))).Value;
    }
}
