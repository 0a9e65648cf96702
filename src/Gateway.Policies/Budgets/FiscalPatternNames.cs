using System.Collections.Immutable;

namespace Gateway.Policies;

/// <summary>What the patterns are called in files and in the ids of windows: by the weeks of their months.</summary>
public static class FiscalPatternNames
{
    public static ImmutableArray<(string Name, FiscalPattern Value)> All { get; } =
    [
        ("4-4-5", FiscalPattern.FourFourFive),
        ("4-5-4", FiscalPattern.FourFiveFour),
        ("5-4-4", FiscalPattern.FiveFourFour),
    ];

    public static string Of(FiscalPattern pattern) => All[(int)pattern].Name;
}
