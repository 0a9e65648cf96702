using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Policies;

namespace Gateway.Webhooks;

/// <summary>Signs what is sent, by the Standard Webhooks specification (https://www.standardwebhooks.com), symmetric scheme <c>v1</c>.</summary>
internal static class WebhookSignature
{
    /// <summary>The value of <c>webhook-signature</c>: HMAC-SHA256 over id, seconds of Unix time and body, joined by dots.</summary>
    public static string Of(Secret secret, string id, long timestamp, string body) =>
        "v1," + Convert.ToBase64String(HMACSHA256.HashData(
            KeyOf(secret.Reveal()), Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.{body}"))));

    private static byte[] KeyOf(string secret) => secret.StartsWith(BudgetWebhook.Base64SecretPrefix, StringComparison.Ordinal)
        ? Convert.FromBase64String(secret[BudgetWebhook.Base64SecretPrefix.Length..])
        : Encoding.UTF8.GetBytes(secret);
}
