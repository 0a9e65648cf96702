using System.Security.Cryptography;
using System.Text;
using Gateway.Contracts.Errors;
using Gateway.Pipeline;
using Microsoft.Extensions.Primitives;

namespace Gateway.Idempotency;

/// <summary>The header <c>Idempotency-Key</c> of a request, and what it stands for in the store.</summary>
/// <param name="Record">SHA-256 over the caller and the header, in hex: two callers with one header have two records.</param>
/// <param name="Fingerprint">SHA-256 over the path and the body, in hex.</param>
internal sealed record IdempotencyKey(string Record, string Fingerprint)
{
    public const string Header = "Idempotency-Key";

    private const int MaxLength = 255;

    /// <summary>Null when the request has no such header.</summary>
    /// <exception cref="GatewayException">The header cannot be used.</exception>
    public static IdempotencyKey? Of(GatewayRequest request)
    {
        if (!request.Http.Request.Headers.TryGetValue(Header, out var values))
        {
            return null;
        }

        return Of(request.Key?.Id, Check(values), request.Http.Request.Path, request.Body!.Body.Span);
    }

    /// <param name="caller">The id of the virtual key; null on a gateway without keys.</param>
    /// <param name="key">The header.</param>
    public static IdempotencyKey Of(string? caller, string key, string path, ReadOnlySpan<byte> body) => new(
        Hash(caller is null ? "anonymous" : $"key {caller}", key),
        Convert.ToHexStringLower(SHA256.HashData([.. SHA256.HashData(Encoding.UTF8.GetBytes(path)), .. SHA256.HashData(body)])));

    private static string Check(StringValues values) =>
        values is [{ Length: >= 1 and <= MaxLength } key] && key.All(character => character is >= ' ' and <= '~')
            ? key
            : throw new GatewayException(
                ErrorCode.CallerInvalidHeader,
                $"The header {Header} must stand once, with 1 to {MaxLength} printable ASCII characters. Send a UUID that is new for each request and the same for its retries.",
                Header);

    private static string Hash(string caller, string key) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{caller.Length} {caller} {key}")));
}
