using System.Text.RegularExpressions;

namespace Gateway.Policies.Validation;

/// <summary>Which names providers, models, routes and keys may have. All of them end up in headers, logs and metrics.</summary>
internal static partial class Names
{
    public const string ProviderRule = "Use 1 to 64 lower-case letters, digits, '.', '_' and '-', beginning with a letter or digit";
    public const string ModelRule = "Use 1 to 200 visible ASCII characters, with no slash at either end";
    public const string RouteRule = "Use 1 to 64 visible ASCII characters, none of them a slash";
    public const string IdRule = "Use 1 to 64 letters, digits, '.', '_' and '-'";

    public static bool IsProvider(string name) => Provider().IsMatch(name);

    public static bool IsModel(string name) =>
        name.Length is >= 1 and <= 200 && IsVisibleAscii(name) && !name.StartsWith('/') && !name.EndsWith('/');

    public static bool IsRoute(string name) =>
        name.Length is >= 1 and <= 64 && IsVisibleAscii(name) && !name.Contains('/', StringComparison.Ordinal);

    public static bool IsId(string name) => Id().IsMatch(name);

    public static bool IsVisibleAscii(string text) => text.All(character => character is > ' ' and <= '~');

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9._-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Provider();

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Id();
}
