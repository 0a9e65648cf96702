using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Policies;

namespace Gateway.Webhooks;

/// <summary>Signs what is sent, by the Standard Webhooks specification (https://www.standardwebhooks.com), symmetric scheme <c>v1</c>.</summary>
internal static class WebhookSignature
{
    /// <summary>Before a secret whose rest is base64, as generators of such secrets write it; any other secret is taken by its UTF-8 bytes.</summary>
    private const string Prefix = "whsec_";

    /// <summary>The value of <c>webhook-signature</c>: HMAC-SHA256 over id, seconds of Unix time and body, joined by dots.</summary>
    public static string Of(Secret secret, string id, long timestamp, string body) =>
        "v1," + Convert.ToBase64String(HMACSHA256.HashData(
            KeyOf(secret.Reveal()), Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.{body}"))));

    private static byte[] KeyOf(string secret)
    {
        if (secret.StartsWith(Prefix, StringComparison.Ordinal))
        {
            var bytes = new byte[secret.Length];
            if (Convert.TryFromBase64Chars(secret.AsSpan(Prefix.Length), bytes, out var length))
            {
                return bytes[..length];
            }
        }

        return Encoding.UTF8.GetBytes(secret);
    }
}
