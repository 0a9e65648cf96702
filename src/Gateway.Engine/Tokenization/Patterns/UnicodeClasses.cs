using System.Globalization;

namespace Gateway.Engine.Tokenization.Patterns;

/// <summary>The named sets of characters, as Oniguruma defines them for Unicode text.</summary>
internal static class UnicodeClasses
{
    private static readonly string[] Abbreviations =
    [
        // In the order of UnicodeCategory.
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co",
        "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn",
    ];

    private static readonly Lazy<CodePointSet[]> Categories = new(BuildCategories);

    /// <summary><c>\s</c>: the property White_Space.</summary>
    public static CodePointSet WhiteSpace { get; } = CodePointSet.FromRanges(
        [(0x09, 0x0D), (0x20, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000)]);

    /// <summary><c>\d</c>: decimal digits of every script.</summary>
    public static CodePointSet Digit => Category("Nd");

    /// <summary><c>\w</c>: Alphabetic, marks, decimal digits and connectors (UTS 18, annex C). The three blocks are the letters in circles and squares.</summary>
    public static CodePointSet Word => CodePointSet.Union(
        [Category("L"), Category("M"), Category("Nd"), Category("Nl"), Category("Pc"), CodePointSet.FromRanges([(0x24B6, 0x24E9), (0x1F130, 0x1F149), (0x1F150, 0x1F169), (0x1F170, 0x1F189)])]);

    /// <summary>The script Han (Scripts.txt of Unicode 16).</summary>
    private static CodePointSet Han => CodePointSet.FromRanges(
    [
        (0x2E80, 0x2E99), (0x2E9B, 0x2EF3), (0x2F00, 0x2FD5), (0x3005, 0x3005), (0x3007, 0x3007), (0x3021, 0x3029), (0x3038, 0x303B),
        (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFA6D), (0xFA70, 0xFAD9), (0x16FE2, 0x16FE3), (0x16FF0, 0x16FF1),
        (0x20000, 0x2A6DF), (0x2A700, 0x2B739), (0x2B740, 0x2B81D), (0x2B820, 0x2CEA1), (0x2CEB0, 0x2EBE0), (0x2EBF0, 0x2EE5D),
        (0x2F800, 0x2FA1D), (0x30000, 0x3134A), (0x31350, 0x323AF),
    ]);

    /// <summary>The set that <c>\p{name}</c> means, or null when the name is not known. Case, spaces, hyphens and underscores do not count.</summary>
    public static CodePointSet? Find(string name) =>
        string.Concat(name.Where(c => c is not (' ' or '-' or '_'))).ToUpperInvariant() switch
        {
            "ANY" => CodePointSet.All,
            "HAN" => Han,
            { Length: 1 or 2 } category when Abbreviations.Any(a => a.StartsWith(category, StringComparison.OrdinalIgnoreCase)) => Category(category),
            _ => null,
        };

    /// <summary>A general category by its one or two letters.</summary>
    private static CodePointSet Category(string prefix) =>
        CodePointSet.Union(Categories.Value.Where((_, i) => Abbreviations[i].StartsWith(prefix, StringComparison.OrdinalIgnoreCase)));

    private static CodePointSet[] BuildCategories()
    {
        var ranges = Array.ConvertAll(Abbreviations, _ => new List<(int, int)>());
        var start = 0;
        for (var c = 1; c <= 0x110000; c++)
        {
            if (c == 0x110000 || CharUnicodeInfo.GetUnicodeCategory(c) != CharUnicodeInfo.GetUnicodeCategory(start))
            {
                ranges[(int)CharUnicodeInfo.GetUnicodeCategory(start)].Add((start, c - 1));
                start = c;
            }
        }

        return Array.ConvertAll(ranges, CodePointSet.FromRanges);
    }
}
