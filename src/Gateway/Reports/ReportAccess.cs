using Gateway.Budgets.Reports;
using Gateway.Contracts.Errors;
using Gateway.Pipeline;
using Gateway.Policies;

namespace Gateway.Reports;

/// <summary>Whose entries a caller may see, by the rules of <see cref="AuthenticateStage"/> and the role of the key.</summary>
public sealed class ReportAccess(AuthenticateStage authenticate, PolicyStore policies)
{
    /// <summary>
    /// What was asked for, held to what the caller may see: on a gateway without keys this machine, admins and finance see all; a team sees itself.
    /// </summary>
    /// <param name="team">Whose entries were asked for; null for those of all that the caller may see.</param>
    /// <param name="organization">Likewise.</param>
    /// <exception cref="GatewayException">The caller may not.</exception>
    public ReportScope Scope(HttpContext http, string? team, string? organization) => authenticate.Authenticate(http, policies.Current.Keys) switch
    {
        null or { IsAdmin: true } or { Role: ReportRole.Finance } => new ReportScope(team, organization),
        { Role: ReportRole.Team, Team: { } own } key when (team is null || team == own) && (organization is null || organization == key.Organization) =>
            new ReportScope(own, key.Organization, IsWithinOrganization: true),
        { Role: ReportRole.Team } => throw new GatewayException(
            ErrorCode.PolicyReportNotAllowed,
            "Your API key reads the reports of its own team only. Leave team and organization out, or use a key with 'role: finance'."),
        _ => throw new GatewayException(
            ErrorCode.PolicyReportNotAllowed, "Your API key does not cover reports. Use a key with 'role: finance' or 'role: team' in keys.yaml."),
    };
}
