using System.Net;
using Gateway.Contracts.Errors;
using Gateway.Hosting;
using Gateway.Keys;
using Gateway.Policies;

namespace Gateway.Pipeline;

/// <summary>
/// Finds out who is asking, by the virtual key in <c>Authorization: Bearer</c>: one of <c>keys.yaml</c> or a managed one. Without keys the gateway serves this machine only: its
/// sockets are on the loopback address, and the name in <c>Host</c> must be this machine's too, or a web page that resolves its own
/// name to 127.0.0.1 (DNS rebinding) could spend tokens from a browser here; so could a page that simply posts to localhost, which
/// <c>Origin</c> gives away (RFC 6454, section 7).
/// </summary>
public sealed class AuthenticateStage(ListenAddresses listening, ManagedKeys managed, TimeProvider time)
{
    private const string Scheme = "Bearer ";

    public void Run(GatewayRequest request) => request.Key = Authenticate(request.Http, request.Policies.Keys);

    /// <param name="http">The request.</param>
    /// <param name="keys">Those of <c>keys.yaml</c>.</param>
    /// <returns>The caller's key; null when the gateway runs without keys.</returns>
    /// <exception cref="GatewayException">No key, or one that is not good.</exception>
    public VirtualKey? Authenticate(HttpContext http, VirtualKeys keys)
    {
        if (keys.IsEmpty && !managed.MayExist)
        {
            return listening.IsLoopbackOnly && IsThisMachine(http.Request.Host) && !IsFromForeignPage(http.Request.Headers.Origin.ToString())
                ? null
                : throw new GatewayException(
                    ErrorCode.PolicyKeyRequired,
                    "This gateway has no virtual keys, so it serves only requests addressed to localhost, and none from web pages of other hosts. Add a key: gateway keys create.");
        }

        var header = http.Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            throw new GatewayException(ErrorCode.CallerMissingKey, "No API key was sent. Send a virtual key of this gateway as 'Authorization: Bearer KEY'.");
        }

        var presented = header.AsSpan(Scheme.Length).Trim();
        if ((keys.TryFind(presented, out var key) || managed.Current.TryFind(presented, out key)) && key.IsActive(time.GetUtcNow()))
        {
            return key;
        }

        throw key is null && !managed.IsLoaded
            ? new GatewayException(
                ErrorCode.PolicyKeysUnavailable,
                "The API key cannot be checked: the store of the keys has not answered since this gateway started. Try again.",
                retryAfter: TimeSpan.FromSeconds(1))
            : new GatewayException(ErrorCode.CallerInvalidKey, "The API key is not known to this gateway, or it is disabled, revoked or expired. Ask your platform team for a virtual key.");
    }

    private static bool IsFromForeignPage(string origin) =>
        origin.Length > 0 && !(Uri.TryCreate(origin, UriKind.Absolute, out var page) && IsThisMachine(new HostString(page.Host)));

    private static bool IsThisMachine(HostString host) =>
        !host.HasValue
        || host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}
