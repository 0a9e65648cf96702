namespace Gateway.Policies;

/// <summary>What a limit counts by. The keys in files are in lower case: <c>team</c>.</summary>
public enum BudgetScopeKind
{
    Organization,
    Team,
    Project,

    /// <summary>A virtual key, by its id.</summary>
    Key,
    User,

    /// <summary>A tag of the request; a request with several is counted under each.</summary>
    Tag,
}
