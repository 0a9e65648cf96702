using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Policies;

/// <summary>Makes virtual keys: <c>gw-</c> and 32 random bytes in base64url without padding (RFC 4648, section 5), 46 characters.</summary>
public static class VirtualKeyGenerator
{
    public const string Prefix = "gw-";

    private const int RandomBytes = 32;

    /// <summary>A new key, to be shown once, and what <c>keys.yaml</c> keeps of it: its SHA-256 in lower-case hex.</summary>
    public static (string Key, string Sha256) Create()
    {
        var key = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));
        return (key, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))));
    }
}
