using Gateway.Contracts.Errors;
using Gateway.Policies;

namespace Gateway.Pipeline;

/// <summary>Lets operators to the endpoints under <c>/admin</c>, by the rules of <see cref="AuthenticateStage"/>.</summary>
public sealed class AdminAccess(AuthenticateStage authenticate, PolicyStore policies)
{
    /// <summary>Returns for a key that may, and on a gateway without keys for this machine.</summary>
    /// <exception cref="GatewayException">The caller may not.</exception>
    public void Check(HttpContext http)
    {
        if (authenticate.Authenticate(http, policies.Current.Keys) is { IsAdmin: false })
        {
            throw new GatewayException(ErrorCode.PolicyAdminRequired, "Your API key does not cover the endpoints under /admin. Use a key with 'admin: true' in keys.yaml.");
        }
    }
}
