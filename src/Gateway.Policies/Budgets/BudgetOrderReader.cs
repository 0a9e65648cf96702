using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Policies.Validation;
using Gateway.Policies.Yaml;

namespace Gateway.Policies;

/// <summary>Reads the JSON of a limit that is kept beside <c>budgets.yaml</c>: the same fields by the same rules.</summary>
public static class BudgetOrderReader
{
    /// <summary>The limit, or every reason why it cannot be; <see cref="PolicyError.Key"/> is the path of the field.</summary>
    /// <param name="name">What the limit is called.</param>
    /// <param name="json">The root of the body.</param>
    /// <param name="policies">Whose zone, fiscal calendar, webhooks, keys and limits count. A limit of the same name does not: it is to be replaced.</param>
    /// <param name="isStored">
    /// Whether it was accepted earlier. A webhook that the file has no longer is then no error: the limit holds, and only nobody is told of it.
    /// </param>
    public static (BudgetLimit? Limit, ImmutableArray<PolicyError> Errors) Read(string name, JsonElement json, PolicySnapshot policies, bool isStored = false)
    {
        var findings = new Findings();
        var report = new FileReport("request", findings);
        if (!Names.IsId(name))
        {
            new Field(JsonNodes.Of(json), "id", report).Error($"{Quote.Of(name)} cannot name a limit.", Names.IdRule);
        }

        var budgets = policies.Budgets;
        var root = new Field(JsonNodes.Of(json), "", report);
        var webhooks = DeclaredWebhooks.Known(isStored ? null : budgets.Webhooks.Select(webhook => webhook.Name), root);
        var limit = new LimitReader(budgets.TimeZone, budgets.FiscalCalendar is not null, webhooks, new ScopeChecks(policies.Keys)).Read(name, root);
        if (limit is not null && budgets.Limits.FirstOrDefault(other => other.Name != name && BudgetsReader.Repeats(limit, other)) is { } first)
        {
            root.Error(
                $"{Quote.Of(first.Name)} limits the same already, so that the larger of the two does nothing.",
                "Change that one, or write hard: false in the one that shall only alert");
        }

        return findings.Errors.IsEmpty ? (limit, []) : (null, findings.Errors);
    }
}
