using System.Text.RegularExpressions;

namespace Gateway.Policies.Validation;

/// <summary>
/// Resolves <c>${NAME}</c> and <c>${NAME:-default}</c> in values that may hold them. As in a shell, the default stands in
/// for a variable that is not set or empty. Values of variables never appear in messages.
/// </summary>
internal static partial class EnvironmentReferences
{
    /// <summary>The value with its references replaced, maybe empty; null when that cannot be done, which is then reported.</summary>
    public static string? AsResolved(this Field field, IEnvironment environment)
    {
        if (field.AsScalar() is not { Text: var text })
        {
            return null;
        }

        if (Reference().Replace(text, "").Contains("${", StringComparison.Ordinal))
        {
            field.Error("An environment reference is malformed.", "Write ${NAME} or ${NAME:-default}; names are letters, digits and '_'");
            return null;
        }

        var missing = false;
        var resolved = Reference().Replace(text, match =>
        {
            var name = match.Groups["name"].Value;
            var value = environment.GetVariable(name);
            if (!string.IsNullOrEmpty(value))
            {
                return value;
            }

            if (!match.Groups["default"].Success)
            {
                missing = true;
                field.Error(
                    $"The environment variable {Quote.Plain(name)} is not set, or is empty.",
                    $"Set {Quote.Plain(name)}, or write ${{{Quote.Plain(name)}:-}} if it may be empty");
            }

            return match.Groups["default"].Value;
        });
        return missing ? null : resolved;
    }

    /// <summary>Whether the text is one reference and nothing else.</summary>
    public static bool IsReference(string text) =>
        Reference().Match(text) is { Success: true, Index: 0 } match && match.Length == text.Length;

    public static bool HoldsReference(string text) => Reference().IsMatch(text);

    [GeneratedRegex(@"\$\{(?<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?<default>[^{}]*))?\}", RegexOptions.CultureInvariant)]
    private static partial Regex Reference();
}
