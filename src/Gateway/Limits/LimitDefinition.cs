using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Policies;

namespace Gateway.Limits;

/// <summary>Writes a limit of budgets.yaml as that file would, with all its defaults.</summary>
internal static class LimitDefinition
{
    private const decimal NanoDollars = 1_000_000_000m;

    public static JsonElement Of(BudgetLimit limit)
    {
        var definition = new JsonObject
        {
            [BudgetScopeNames.Of(limit.ScopeKind)] = limit.ScopeValue ?? "*",
            [BudgetMeasureNames.Of(limit.Measure)] = Amount(limit, limit.Amount),
        };
        if (limit.Measure != BudgetMeasure.Concurrency)
        {
            definition["per"] = BudgetPeriodNames.Of(limit.Period);
            definition["thresholds"] = new JsonArray([.. limit.Thresholds.Select(share => (JsonNode)share)]);
            if (limit.Period != BudgetPeriod.Lifetime)
            {
                definition["timeZone"] = limit.TimeZone.Id;
            }
        }

        if (!limit.Notify.IsEmpty)
        {
            definition["notify"] = new JsonArray([.. limit.Notify.Select(name => (JsonNode)name)]);
        }

        definition["hard"] = limit.IsHard;
        if (limit.Hold == BudgetHold.Expected)
        {
            definition["hold"] = "expected";
        }

        definition["onStoreDown"] = limit.OnStoreDown == StoreDownAction.Deny ? "deny" : new JsonObject { ["grace"] = Amount(limit, limit.GraceAmount) };
        return JsonElement.Parse(definition.ToJsonString());
    }

    private static decimal Amount(BudgetLimit limit, long amount) => limit.Measure == BudgetMeasure.Cost ? amount / NanoDollars : amount;
}
