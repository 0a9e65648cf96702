using System.Collections.Immutable;

namespace Gateway.Policies.Validation;

/// <summary>Reads one limit of <c>budgets.yaml</c>.</summary>
/// <param name="zone">The zone of limits that name none.</param>
/// <param name="hasFiscal">Whether the file says what a fiscal month is, be it rightly.</param>
/// <param name="webhooks">What limits may notify.</param>
/// <param name="scopes">Looks up whom limits are for.</param>
internal sealed class LimitReader(TimeZoneInfo zone, bool hasFiscal, DeclaredWebhooks webhooks, ScopeChecks scopes)
{
    private const string EachValue = "*";

    private static readonly ImmutableArray<string> ScopeKeys = [.. BudgetScopeNames.All.Select(scope => scope.Name)];
    private static readonly ImmutableArray<string> MeasureKeys = [.. BudgetMeasureNames.All.Select(measure => measure.Name)];

    private static readonly string[] AllKeys =
        [.. ScopeKeys, .. MeasureKeys, "per", "timeZone", "hard", "thresholds", "notify", "hold", "onStoreDown"];

    private static readonly ImmutableArray<(string Name, BudgetHold Value)> Holds = [("worst", BudgetHold.Worst), ("expected", BudgetHold.Expected)];

    /// <summary>The limit, or null when it has an error without which it cannot be made.</summary>
    public BudgetLimit? Read(string name, Field field)
    {
        if (field.AsSection() is not { } section)
        {
            return null;
        }

        section.RefuseOthers(AllKeys);
        var scopeKey = Only(section, field, ScopeKeys, "whom it is for", "team: search, or team: \"*\" for a counter of each team");
        var measureKey = Only(section, field, MeasureKeys, "what it counts", "usd: 500");
        var scopeValue = scopeKey is { } scope ? section.Find(ScopeKeys[scope])!.Value.AsText() : null;
        if (scopeKey is { } known && scopeValue is not (null or EachValue))
        {
            scopes.Check((BudgetScopeKind)known, scopeValue, section.Find(ScopeKeys[known])!.Value);
        }

        var isHard = section.Find("hard")?.AsBoolean() ?? true;
        if (measureKey is not { } index)
        {
            return null;
        }

        var measure = (BudgetMeasure)index;
        var amount = LimitAmounts.Read(section.Find(MeasureKeys[index])!.Value, measure);
        var hold = ReadHold(section, measure);
        var period = measure == BudgetMeasure.Concurrency ? CheckConcurrency(section, isHard) : ReadPeriod(section);
        var ownZone = ReadZone(section, period);
        var thresholds = measure == BudgetMeasure.Concurrency ? [] : ReadThresholds(section, isHard);
        var notify = measure != BudgetMeasure.Concurrency && section.Find("notify") is { } names ? ReadNotify(names, thresholds) : [];
        var grace = section.Find("onStoreDown") is { } down ? LimitAmounts.ReadGrace(down, measure, amount) : isHard ? 0 : amount;
        return scopeValue is null || amount is null || period is null
            ? null
            : new BudgetLimit
            {
                Name = name,
                ScopeKind = (BudgetScopeKind)scopeKey!.Value,
                ScopeValue = scopeValue == EachValue ? null : scopeValue,
                Measure = measure,
                Amount = amount.Value,
                Period = period.Value,
                TimeZone = ownZone ?? zone,
                IsHard = isHard,
                Thresholds = thresholds,
                Notify = notify,
                Hold = hold,
                OnStoreDown = grace > 0 ? StoreDownAction.Grace : StoreDownAction.Deny,
                GraceAmount = grace ?? 0,
            };
    }

    /// <summary>The one of these keys that is there, by its index; null after having reported that there is none. More than one is reported too.</summary>
    private static int? Only(Section section, Field field, ImmutableArray<string> keys, string what, string example)
    {
        int? only = null;
        for (var index = 0; index < keys.Length; index++)
        {
            if (section.Find(keys[index]) is not { } found)
            {
                continue;
            }

            if (only is { } first)
            {
                found.Error($"'{keys[first]}' says {what} already.", "Keep one of the two here, and write a second limit for the other");
            }

            only ??= index;
        }

        if (only is null)
        {
            field.Error($"The limit does not say {what}.", $"Add one of {string.Join(", ", keys)}, such as {example}");
        }

        return only;
    }

    private static BudgetHold ReadHold(Section section, BudgetMeasure measure)
    {
        if (section.Find("hold") is not { } field)
        {
            return BudgetHold.Worst;
        }

        if (measure is BudgetMeasure.InputTokens or BudgetMeasure.Requests or BudgetMeasure.Concurrency)
        {
            field.Error("What a request takes of this limit is known before it runs.", "Remove hold");
        }

        return field.AsOneOf(Holds) ?? BudgetHold.Worst;
    }

    private static BudgetPeriod CheckConcurrency(Section section, bool isHard)
    {
        section.RefuseEach(
            ["per", "timeZone", "thresholds", "notify"],
            "Concurrency is how many requests run at one moment: it is in no period and sums up to nothing.",
            "Remove the key, or count requests instead");
        if (!isHard)
        {
            section.Find("hard")?.Error("A limit of concurrency that refuses nothing does nothing.", "Remove hard");
        }

        return BudgetPeriod.Lifetime;
    }

    private BudgetPeriod? ReadPeriod(Section section)
    {
        var field = section.Require("per", $"Write one of {string.Join(", ", BudgetPeriodNames.All.Select(period => period.Name))}");
        var period = field?.AsOneOf(BudgetPeriodNames.All);
        if (period == BudgetPeriod.FiscalMonth && !hasFiscal)
        {
            field?.Error("Nothing says what a fiscal month is.", "Add 'fiscal: { monthStartsOn: 15 }' at the top level, or write month");
        }

        return period;
    }

    private static TimeZoneInfo? ReadZone(Section section, BudgetPeriod? period)
    {
        var field = section.Find("timeZone");
        if (period == BudgetPeriod.Lifetime && section.Find("concurrency") is null)
        {
            field?.Error("A lifetime has no beginning and no end in any time zone.", "Remove timeZone");
            return null;
        }

        return field?.AsTimeZone();
    }

    private static ImmutableArray<decimal> ReadThresholds(Section section, bool isHard)
    {
        if (section.Find("thresholds") is not { } field)
        {
            return [1m];
        }

        if (field.AsList() is not { } items)
        {
            return [];
        }

        if (items.IsEmpty && !isHard)
        {
            field.Error("Without thresholds a limit that only alerts does nothing.", "Write shares of the amount, such as [ 0.8, 1 ], or remove hard: false");
        }

        var shares = new SortedSet<decimal>();
        foreach (var item in items)
        {
            if (item.AsShare() is { } share && !shares.Add(share))
            {
                item.Error("The threshold is listed a second time.", "Remove it");
            }
        }

        return [.. shares];
    }

    private ImmutableArray<string> ReadNotify(Field field, ImmutableArray<decimal> thresholds)
    {
        if (thresholds.IsEmpty)
        {
            field.Error("Without thresholds there is nothing to notify of.", "Add thresholds, such as [ 0.8, 1 ], or remove notify");
        }

        return webhooks.ReadNames(field);
    }
}
