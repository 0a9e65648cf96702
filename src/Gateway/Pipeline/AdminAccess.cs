using Gateway.Contracts.Errors;
using Gateway.Policies;

namespace Gateway.Pipeline;

/// <summary>Lets operators to the endpoints under <c>/admin</c>, by the rules of <see cref="AuthenticateStage"/>.</summary>
public sealed class AdminAccess(AuthenticateStage authenticate, PolicyStore policies)
{
    /// <summary>The actor of the audit log where the gateway has no keys.</summary>
    public const string ThisMachine = "(this machine)";

    /// <summary>Returns for a key that may, and on a gateway without keys for this machine.</summary>
    /// <returns>The id of the key, or <see cref="ThisMachine"/>.</returns>
    /// <exception cref="GatewayException">The caller may not.</exception>
    public string Check(HttpContext http)
    {
        var key = authenticate.Authenticate(http, policies.Current.Keys);
        if (key is { IsAdmin: false })
        {
            throw new GatewayException(ErrorCode.PolicyAdminRequired, "Your API key does not cover the endpoints under /admin. Use an admin key.");
        }

        return key?.Id ?? ThisMachine;
    }
}
