namespace Gateway.Budgets.Reports;

/// <summary>Whose entries a report is of; null for those of anybody.</summary>
/// <param name="Team">A team's name.</param>
/// <param name="Organization">
/// Its organization. Teams of two organizations may have the same name, so whoever may see one team only must also be held to its organization,
/// by <paramref name="IsWithinOrganization"/>.
/// </param>
/// <param name="IsWithinOrganization">Whether an <paramref name="Organization"/> of null means entries without one.</param>
public sealed record ReportScope(string? Team = null, string? Organization = null, bool IsWithinOrganization = false)
{
    public static ReportScope Everybody { get; } = new();

    internal string Condition =>
        (Team is null ? "" : " AND team = @Team")
        + (Organization is not null ? " AND organization = @Organization" : IsWithinOrganization ? " AND organization IS NULL" : "");
}
