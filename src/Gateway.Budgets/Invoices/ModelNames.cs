using System.Text.RegularExpressions;

namespace Gateway.Budgets.Invoices;

/// <summary>The names that providers give one model, brought to one form.</summary>
internal static partial class ModelNames
{
    /// <summary><c>Claude Haiku 4.5</c> and <c>claude-haiku-4-5-20251001</c> are <c>claude-haiku-4-5</c>; dates of snapshots are left out.</summary>
    public static string Normalize(string name) => Snapshot().Replace(Separators().Replace(name.Trim().ToLowerInvariant(), "-"), "");

    [GeneratedRegex(@"[\s.]+", RegexOptions.CultureInvariant)]
    private static partial Regex Separators();

    [GeneratedRegex(@"-20\d{2}-?\d{2}-?\d{2}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Snapshot();
}
