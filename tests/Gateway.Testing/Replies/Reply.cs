using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Gateway.Testing;

/// <summary>What a <see cref="FakeProvider"/> does with one request. Replies hold no state and may be used any number of times.</summary>
public abstract class Reply
{
    private protected Reply()
    {
    }

    /// <summary>A JSON body, sent byte for byte as given.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="body">The text, which need not be legal JSON.</param>
    /// <param name="headers">Added to the response; replace the defaults of the same name.</param>
    /// <param name="encoding">Applied whatever the client asked for.</param>
    public static Reply Json(
        int status, string body, IReadOnlyDictionary<string, string>? headers = null, ContentCoding encoding = ContentCoding.Identity) =>
        new BodyReply(status, "application/json", Encoding.UTF8.GetBytes(body), headers, encoding);

    /// <summary>The body of a <see cref="Fixtures">fixture</see> named with its extension, such as <c>chat-completion.json</c>.</summary>
    public static Reply Fixture(
        string name,
        int status = 200,
        IReadOnlyDictionary<string, string>? headers = null,
        ContentCoding encoding = ContentCoding.Identity) =>
        new BodyReply(status, "application/json", Fixtures.Bytes(name), headers, encoding);

    /// <summary>An OpenAI-shaped error.</summary>
    public static Reply Error(int status, string message, string? code, string type = "invalid_request_error", string? param = null) =>
        Json(status, JsonSerializer.Serialize(new { error = new { message, type, param, code } }));

    /// <summary>A server-sent event stream with one <c>data:</c> payload per event; <c>[DONE]</c> is added by the options.</summary>
    public static Reply Stream(IEnumerable<string> events, StreamOptions? options = null) =>
        new StreamReply([.. events], options ?? new StreamOptions());

    /// <summary>The events of a stream <see cref="Fixtures">fixture</see>, such as <c>chat-stream.sse</c>.</summary>
    public static Reply StreamFixture(string name, StreamOptions? options = null) => Stream(Fixtures.Events(name), options);

    /// <summary>Takes the request and never answers.</summary>
    public static Reply Hang() => new HangReply();

    /// <summary>Resets the connection (TCP RST; over HTTP/2 the stream) before any byte of an answer.</summary>
    public static Reply ResetBeforeHeaders() => new ResetReply();

    /// <summary>Waits before the first byte of <paramref name="then"/>.</summary>
    public static Reply SlowHeaders(TimeSpan delay, Reply then) => new SlowReply(delay, then);

    /// <summary>Declares a longer body than <paramref name="body"/>, sends that much of it and closes the connection.</summary>
    public static Reply TruncatedJson(string body, int missingBytes = 64) =>
        new TruncatedReply(Encoding.UTF8.GetBytes(body), missingBytes);

    /// <summary>An HTML page, as load balancers in front of providers send.</summary>
    public static Reply Html(int status) =>
        new BodyReply(
            status,
            "text/html",
            Encoding.UTF8.GetBytes($"<html>\r\n<head><title>{status} {(HttpStatusCode)status}</title></head>\r\n<body/></html>\r\n"),
            headers: null,
            ContentCoding.Identity);

    /// <summary>429 without Retry-After.</summary>
    public static Reply RateLimited() => RateLimited(retryAfter: (string?)null);

    /// <summary>429 with Retry-After in whole seconds.</summary>
    public static Reply RateLimited(int retryAfterSeconds) => RateLimited(retryAfterSeconds.ToString(CultureInfo.InvariantCulture));

    /// <summary>429 with Retry-After as an HTTP date (RFC 9110 section 10.2.3).</summary>
    public static Reply RateLimited(DateTimeOffset retryAt) => RateLimited(retryAt.ToString("R", CultureInfo.InvariantCulture));

    /// <summary>307 to another place, with no body.</summary>
    public static Reply Redirect(string url) =>
        new BodyReply(
            StatusCodes.Status307TemporaryRedirect,
            contentType: null,
            [],
            new Dictionary<string, string> { ["Location"] = url },
            ContentCoding.Identity);

    internal abstract Task SendAsync(Exchange exchange);

    private static Reply RateLimited(string? retryAfter) =>
        Fixture(
            "error-429-rate-limit.json",
            StatusCodes.Status429TooManyRequests,
            retryAfter is null ? null : new Dictionary<string, string> { ["Retry-After"] = retryAfter });
}
