using Gateway.Policies;

namespace Gateway.Limits;

/// <summary>Which limits a caller may see.</summary>
/// <param name="Team">Null for all; else those of this team alone.</param>
/// <param name="Organization">The team's.</param>
internal sealed record LimitView(string? Team, string Organization)
{
    /// <summary>Whether the caller may see how a counter stands.</summary>
    /// <param name="scope">As <see cref="BudgetScopeNames"/> has it.</param>
    public bool Sees(string organization, string scope, string scopeValue) =>
        Team is null || (scope == BudgetScopeNames.Of(BudgetScopeKind.Team) && scopeValue == Team && organization == Organization);

    /// <summary>Whether the caller may see what a limit is. One of a team names no organisation: it is that of each team of the name.</summary>
    /// <param name="limit">Null for one that is not in force.</param>
    public bool Sees(BudgetLimit? limit) => Team is null || (limit is { ScopeKind: BudgetScopeKind.Team } && (limit.ScopeValue ?? Team) == Team);
}
