using System.Text.RegularExpressions;
using Gateway.Contracts.Errors;

namespace Gateway.ArchitectureTests.Documents;

/// <summary>Error codes that the documents name exist, and each is documented with its status and type.</summary>
internal static partial class ErrorRules
{
    public static IEnumerable<string> Check(Document document)
    {
        var known = ErrorCode.All.Select(code => code.Name).ToHashSet();
        return Mentions().Matches(document.Text)
            .Select(match => match.Value)
            .Where(name => !known.Contains(name))
            .Distinct()
            .Select(name => $"{document.Path}: there is no error code {name}.");
    }

    /// <param name="reference">The document with the table of codes: | `code` | status | `type` | ... |.</param>
    public static IEnumerable<string> CheckComplete(Document reference) =>
        from code in ErrorCode.All
        where !reference.Text.Contains($"| `{code.Name}` | {code.Status} | `{code.Type}` |", StringComparison.Ordinal)
        select $"{reference.Path}: no row '| `{code.Name}` | {code.Status} | `{code.Type}` |'.";

    [GeneratedRegex(@"(?<![\w-])(caller|policy|provider)_[a-z0-9_]*[a-z0-9]\b")]
    private static partial Regex Mentions();
}
