using System.Collections.Frozen;

namespace Gateway.Policies.Validation;

/// <summary>Warns of limits for somebody whom no key belongs to: a slip of the pen there would switch the limit off.</summary>
internal sealed class ScopeChecks
{
    private readonly FrozenDictionary<BudgetScopeKind, HashSet<string>> _known;

    /// <param name="keys">Null when unknown, and then nothing is looked up.</param>
    public ScopeChecks(VirtualKeys? keys)
    {
        _known = keys is null ? FrozenDictionary<BudgetScopeKind, HashSet<string>>.Empty : new Dictionary<BudgetScopeKind, HashSet<string>>
        {
            [BudgetScopeKind.Organization] = [.. Values(keys, key => key.Organization), BudgetCaller.DefaultOrganization],
            [BudgetScopeKind.Team] = Values(keys, key => key.Team),
            [BudgetScopeKind.Project] = Values(keys, key => key.Project),
            [BudgetScopeKind.Key] = Values(keys, key => key.Id),
        }.ToFrozenDictionary();
    }

    /// <param name="kind">Users and tags are not looked up: a request may bring its own.</param>
    /// <param name="value">The name that the limit is for.</param>
    /// <param name="field">Where it stands.</param>
    public void Check(BudgetScopeKind kind, string value, Field field)
    {
        if (!_known.TryGetValue(kind, out var known) || known.Contains(value))
        {
            return;
        }

        var what = BudgetScopeNames.Of(kind);
        field.Warning(
            kind == BudgetScopeKind.Key
                ? $"No key of {PolicyFiles.Keys} has the id {Quote.Of(value)}, so that the limit applies to nothing."
                : $"No key of {PolicyFiles.Keys} has the {what} {Quote.Of(value)}, so that the limit applies to nothing.",
            Suggestion.Closest(value, known) is { } meant
                ? $"Did you mean {Quote.Of(meant)}?"
                : $"Write the {what} of a key, or \"*\" for a counter of each {what}");
    }

    private static HashSet<string> Values(VirtualKeys keys, Func<VirtualKey, string?> value) =>
        keys.All.Select(value).OfType<string>().ToHashSet(StringComparer.Ordinal);
}
