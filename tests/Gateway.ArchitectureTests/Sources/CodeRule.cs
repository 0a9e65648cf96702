using System.Text.RegularExpressions;

namespace Gateway.ArchitectureTests.Sources;

/// <summary>Code that must not stand in the product's sources.</summary>
/// <param name="Pattern">What is looked for in the code without comments and strings.</param>
/// <param name="Instead">What to write instead.</param>
/// <param name="Applies">Whether the rule holds for the file at this path.</param>
internal sealed record CodeRule(Regex Pattern, string Instead, Func<string, bool> Applies)
{
    /// <summary>Named in the arguments, it makes an otherwise forbidden call a good one.</summary>
    public Regex? UnlessArguments { get; init; }

    public IEnumerable<string> Check(string path, string code)
    {
        if (!Applies(path))
        {
            yield break;
        }

        foreach (Match match in Pattern.Matches(code))
        {
            if (UnlessArguments is not { } good || !good.IsMatch(Arguments(code, match.Index + match.Length)))
            {
                yield return $"{path}:{code.AsSpan(0, match.Index).Count('\n') + 1}: '{match.Value}'. {Instead}";
            }
        }
    }

    /// <summary>The text up to the parenthesis that closes the one before <paramref name="start"/>.</summary>
    private static string Arguments(string code, int start)
    {
        var depth = 1;
        var end = start;
        while (end < code.Length && depth > 0)
        {
            depth += code[end++] switch { '(' => 1, ')' => -1, _ => 0 };
        }

        return code[start..end];
    }
}
