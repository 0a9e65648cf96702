using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Gateway.Policies.Validation;

/// <summary>Reads which certificate authorities a provider's certificate may come from.</summary>
internal sealed class TlsReader(IEnvironment environment, PolicySources sources)
{
    /// <summary>The certificates as PEM, or null when there is an error.</summary>
    public string? Read(Field field, Uri? baseUrl)
    {
        if (field.AsSection() is not { } section)
        {
            return null;
        }

        section.RefuseOthers("caFile");
        if (baseUrl is not null && baseUrl.Scheme != Uri.UriSchemeHttps)
        {
            field.Error("There is no TLS on an http URL.", "Write an https baseUrl, or remove 'tls'");
        }

        return section.Require("caFile", "Write the path of a PEM file, or remove 'tls'") is { } file ? ReadCaBundle(file) : null;
    }

    private string? ReadCaBundle(Field field)
    {
        const string Fix = "Write the path of a PEM file, absolute or relative to the folder of the policies";
        if (field.AsResolved(environment) is not { } path)
        {
            return null;
        }

        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            field.Error("The path is empty.", Fix);
            return null;
        }

        var content = sources.Referenced(path);
        if (content.Bytes is null)
        {
            field.Error(content.IsAbsent ? "The file does not exist." : $"The file {content.Failure}.", Fix);
            return null;
        }

        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(Encoding.UTF8.GetString(content.Bytes));
            if (certificates.Count > 0)
            {
                // Written anew: what else the file holds, a private key perhaps, goes no further.
                return certificates.ExportCertificatePems();
            }

            field.Error("The file holds no certificate.", "Name a file with '-----BEGIN CERTIFICATE-----' blocks");
        }
        catch (CryptographicException)
        {
            field.Error("The file holds a damaged certificate.", "Name a file with intact '-----BEGIN CERTIFICATE-----' blocks");
        }
        finally
        {
            foreach (var certificate in certificates)
            {
                certificate.Dispose();
            }
        }

        return null;
    }
}
