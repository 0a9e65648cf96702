using System.Net.Security;
using System.Security.Authentication;

namespace Gateway.Providers.OpenAI;

/// <summary>A provider's certificate is not good. Other failures of TLS have the same base type, and quite another fix.</summary>
internal sealed class CertificateRejectedException(SslPolicyErrors errors) : AuthenticationException(Reason(errors))
{
    /// <summary>Accepts what the system, or the provider's own authorities, accept; nothing else.</summary>
    /// <exception cref="CertificateRejectedException">They do not.</exception>
    public static bool ThrowUnlessGood(SslPolicyErrors errors) =>
        errors == SslPolicyErrors.None ? true : throw new CertificateRejectedException(errors);

    private static string Reason(SslPolicyErrors errors) =>
        errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable)
            ? "it sent no TLS certificate"
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors)
                ? "its TLS certificate has expired or is not from a trusted authority (set tls.caFile for a private one)"
                : "its TLS certificate is for another host name";
}
