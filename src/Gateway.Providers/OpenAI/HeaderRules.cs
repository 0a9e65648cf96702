using System.Buffers;
using System.Collections.Frozen;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Gateway.Providers.OpenAI;

/// <summary>
/// Which headers cross the gateway. Credentials, cookies, what belongs to one connection (RFC 9110, section 7.6.1) and what the
/// gateway sets itself stay behind; all else passes, because providers give meaning to headers that the gateway does not know.
/// </summary>
internal static class HeaderRules
{
    private static readonly FrozenSet<string> NotUpstream = FrozenSet.ToFrozenSet(
        [
            // Credentials and identity of the client towards the gateway.
            "Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "Api-Key", "X-Goog-Api-Key", "X-Auth-Token",
            "OpenAI-Organization", "OpenAI-Project", "Idempotency-Key",
            // The connection.
            "Connection", "Proxy-Connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "HTTP2-Settings", "Expect", "Host",
            // The body, which may have been rewritten, and how it comes back.
            "Content-Length", "Content-Encoding", "Content-Type", "Content-MD5", "Accept-Encoding", "Range", "If-None-Match", "If-Modified-Since",
            // Where the client sits.
            "Forwarded", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP",
            "X-Request-Id",
        ],
        StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> NotToClient = FrozenSet.ToFrozenSet(
        [
            "Connection", "Proxy-Connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Alt-Svc",
            "Content-Length", "Content-Encoding", "Content-Type", "Content-MD5", "Content-Range", "Accept-Ranges", "ETag", "Date",
            "Set-Cookie", "Server", "Strict-Transport-Security", "WWW-Authenticate", "Proxy-Authenticate",
        ],
        StringComparer.OrdinalIgnoreCase);

    private static readonly SearchValues<char> ControlCharacters =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Append(0x7F).Select(code => (char)code).Where(character => character != '\t')]);

    /// <summary>The name under which the client sees the provider's own request id.</summary>
    private const string ProviderRequestId = "x-gateway-provider-request-id";

    /// <summary>
    /// Copies what concerns the provider. A header whose value holds the client's key is left out whatever its name, so that the
    /// key never goes upstream.
    /// </summary>
    public static void CopyUpstream(IHeaderDictionary from, HttpRequestHeaders to)
    {
        var key = BearerToken(from);
        foreach (var (name, values) in from)
        {
            if (!NotUpstream.Contains(name)
                && !name.StartsWith("x-gateway-", StringComparison.OrdinalIgnoreCase)
                && !name.StartsWith("x-forwarded-", StringComparison.OrdinalIgnoreCase)
                && !name.StartsWith(':')
                && !(key.Length > 0 && values.ToString().Contains(key, StringComparison.Ordinal)))
            {
                Add(to, name, values);
            }
        }
    }

    /// <summary>Takes the headers of a provider's answer that concern the client.</summary>
    public static List<KeyValuePair<string, StringValues>> ToClient(HttpResponseMessage response)
    {
        List<KeyValuePair<string, StringValues>> result = [];
        Copy(response.Headers.NonValidated, result);
        Copy(response.Content.Headers.NonValidated, result);
        return result;
    }

    private static void Add(HttpRequestHeaders to, string name, StringValues values)
    {
        if (values.Count == 1)
        {
            to.TryAddWithoutValidation(name, values.ToString());
        }
        else
        {
            to.TryAddWithoutValidation(name, values.ToArray());
        }
    }

    /// <summary>The content type of a provider's answer; JSON when it has none that can be sent on.</summary>
    public static string ContentType(HttpResponseMessage response) =>
        response.Content.Headers.NonValidated.TryGetValues("Content-Type", out var values) && values.ToString() is var type && IsSendable(type)
            ? type
            : AnswerHead.Json;

    private static void Copy(HttpHeadersNonValidated from, List<KeyValuePair<string, StringValues>> to)
    {
        foreach (var (name, values) in from)
        {
            if (NotToClient.Contains(name) || name.StartsWith("x-gateway-", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var shownName = name.Equals("x-request-id", StringComparison.OrdinalIgnoreCase) ? ProviderRequestId : name;
            var shownValues = values.Count == 1 ? new StringValues(values.ToString()) : new StringValues([.. values]);
            if (IsSendable(shownValues.ToString()))
            {
                to.Add(new(shownName, shownValues));
            }
        }
    }

    /// <summary>RFC 9110, section 5.5, forbids control characters, and the server refuses to send them.</summary>
    private static bool IsSendable(string value) => !value.AsSpan().ContainsAny(ControlCharacters);

    private static string BearerToken(IHeaderDictionary headers)
    {
        var value = headers.Authorization.ToString();
        return value[(value.IndexOf(' ') + 1)..].Trim();
    }
}
