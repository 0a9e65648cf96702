using Gateway.Contracts.Errors;
using Gateway.Pipeline;
using Gateway.Policies;

namespace Gateway.Limits;

/// <summary>Who may see and change limits: admins and finance all of them; a team sees its own.</summary>
public sealed class LimitAccess(AuthenticateStage authenticate, PolicyStore policies)
{
    /// <exception cref="GatewayException">The caller may see none.</exception>
    internal LimitView Reader(HttpContext http) => authenticate.Authenticate(http, policies.Current.Keys) switch
    {
        null or { IsAdmin: true } or { Role: ReportRole.Finance } => new LimitView(null, ""),
        { Role: ReportRole.Team, Team: { } own } key => new LimitView(own, key.Organization ?? BudgetCaller.DefaultOrganization),
        _ => throw Refused("see"),
    };

    /// <returns>The id of the key, or <see cref="AdminAccess.ThisMachine"/>.</returns>
    /// <exception cref="GatewayException">The caller may not.</exception>
    public string Writer(HttpContext http)
    {
        var key = authenticate.Authenticate(http, policies.Current.Keys);
        return key is null or { IsAdmin: true } or { Role: ReportRole.Finance } ? key?.Id ?? AdminAccess.ThisMachine : throw Refused("change");
    }

    private static GatewayException Refused(string verb) => new(
        ErrorCode.PolicyAdminRequired, $"Your API key may not {verb} limits. Use an admin key or one with 'role: finance'.");
}
