using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Gateway.Budgets.Sql;
using Gateway.Engine;
using Gateway.Idempotency;
using Gateway.Keys;
using Gateway.Observing;
using Gateway.Redis;
using Gateway.Spending;
using Gateway.Webhooks;

namespace Gateway.ArchitectureTests.Documents;

/// <summary>Settings that the documents name exist, and each is documented with its default.</summary>
internal static partial class SettingRules
{
    private static readonly (string Section, object Defaults)[] Sections =
    [
        (GatewayOptions.Section, new GatewayOptions()),
        ("Engine", new EngineOptions { ModelPath = "models/demo" }),
        (RedisOptions.Section, new RedisOptions()),
        (ObservationsOptions.Section, new ObservationsOptions()),
        (BudgetsOptions.Section, new BudgetsOptions()),
        (LedgerOptions.Section, new LedgerOptions()),
        (KeyOptions.Section, new KeyOptions()),
        (IdempotencyOptions.Section, new IdempotencyOptions()),
        (WebhooksOptions.Section, new WebhooksOptions()),
    ];

    public static IEnumerable<string> Check(Document document)
    {
        var known = Sections.SelectMany(section => NamesOf(section.Defaults).Select(name => $"{section.Section}:{name}")).ToHashSet();
        return Mentions().Matches(document.Text)
            .Select(match => $"{match.Groups["section"].Value}:{match.Groups["name"].Value}")
            .Where(name => !known.Contains(name))
            .Distinct()
            .Select(name => $"{document.Path}: there is no setting {name}.");
    }

    /// <param name="reference">The document with the tables of settings: | `Section:Name` | what | range | default |.</param>
    public static IEnumerable<string> CheckComplete(Document reference) =>
        from section in Sections
        from name in NamesOf(section.Defaults)
        let row = reference.Text.Split('\n').FirstOrDefault(line => line.StartsWith($"| `{section.Section}:{name}` |", StringComparison.Ordinal))
        let value = Format(section.Defaults.GetType().GetProperty(name)!.GetValue(section.Defaults))
        where row is null || (value is not null && !row.TrimEnd(' ', '|').EndsWith($"`{value}`", StringComparison.Ordinal))
        select row is null
            ? $"{reference.Path}: no row for {section.Section}:{name}."
            : $"{reference.Path}: the default of {section.Section}:{name} is `{value}`; the row does not end with it.";

    private static IEnumerable<string> NamesOf(object options) =>
        options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(property => property.SetMethod is not null)
            .Select(property => property.Name);

    /// <summary>Null where there is nothing: no text, an empty table.</summary>
    private static string? Format(object? value) => value is IReadOnlyDictionary<string, string> { Count: 0 } ? null : Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : null;

    [GeneratedRegex(@"(?<![\w.])(?<section>Gateway|Engine|Redis|Observations|Budgets|Ledger|Keys|Idempotency|Webhooks)(:|__)(?<name>[A-Z]\w*)")]
    private static partial Regex Mentions();
}
