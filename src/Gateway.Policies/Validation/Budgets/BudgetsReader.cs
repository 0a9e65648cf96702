using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>Reads <c>budgets.yaml</c>.</summary>
/// <param name="environment">Where webhooks find their URLs and signing keys.</param>
/// <param name="keys">Whose organizations, teams, projects and ids limits may name; null when unknown, and then they are not looked up.</param>
internal sealed class BudgetsReader(IEnvironment environment, VirtualKeys? keys)
{
    private const string Example = "Write 'budgets: {}', or a limit such as 'search-month: { team: search, usd: 500, per: month }' below it";

    /// <param name="file">The top level of the file.</param>
    public BudgetPolicy Read(Section file)
    {
        file.RefuseOthers("timeZone", "fiscal", "webhooks", "budgets");
        var zone = file.Find("timeZone")?.AsTimeZone() ?? TimeZoneInfo.Utc;
        var fiscalField = Given(file, "fiscal");
        var fiscal = fiscalField is { } calendar ? FiscalReader.Read(calendar) : null;
        var webhooks = DeclaredWebhooks.Read(Given(file, "webhooks"), environment);
        var limits = ReadLimits(file, new LimitReader(zone, fiscalField is not null, webhooks, new ScopeChecks(keys)));
        webhooks.WarnOfUnused();

        // A calendar with an error leaves limits per fiscal month without one; the load fails anyway.
        return new BudgetPolicy(
            [.. limits.Where(limit => fiscal is not null || limit.Period != BudgetPeriod.FiscalMonth)], fiscal, webhooks.Webhooks)
        {
            TimeZone = zone,
        };
    }

    /// <summary>The value of the key; null also when all that follows it is commented out.</summary>
    private static Field? Given(Section file, string key) => file.IsBlank(key) ? null : file.Find(key);

    private static ImmutableArray<BudgetLimit> ReadLimits(Section file, LimitReader reader)
    {
        if (file.IsBlank("budgets") || file.Require("budgets", Example)?.AsSection() is not { } section)
        {
            return [];
        }

        var limits = ImmutableArray.CreateBuilder<BudgetLimit>();
        foreach (var (key, name, value) in section.Entries)
        {
            if (!Names.IsId(key))
            {
                name.Error($"{Quote.Of(key)} cannot name a limit.", Names.IdRule);
            }

            if (reader.Read(key, value) is not { } limit)
            {
                continue;
            }

            if (limits.FirstOrDefault(other => Repeats(limit, other)) is { } first)
            {
                name.Error(
                    $"{Quote.Of(first.Name)} limits the same already, so that the larger of the two does nothing.",
                    "Remove one of the two, or write hard: false in the one that shall only alert");
            }

            limits.Add(limit);
        }

        return limits.ToImmutable();
    }

    /// <summary>Whether both count the same in the same windows. Limits that only alert may do so at several amounts.</summary>
    public static bool Repeats(BudgetLimit limit, BudgetLimit other) =>
        (limit.ScopeKind, limit.ScopeValue, limit.Measure, limit.Period, limit.IsHard)
            == (other.ScopeKind, other.ScopeValue, other.Measure, other.Period, other.IsHard)
        && limit.TimeZone.Id == other.TimeZone.Id
        && (limit.IsHard || limit.Amount == other.Amount);
}
