using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Gateway.Testing;

/// <summary>One request as it arrived at a <see cref="FakeProvider"/>.</summary>
public sealed class RecordedRequest
{
    private readonly TaskCompletionSource _clientAborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RecordedRequest(HttpRequest request, byte[] body)
    {
        Method = request.Method;
        Path = request.Path.Value ?? "";
        Query = request.QueryString.Value ?? "";
        Protocol = request.Protocol;
        ConnectionId = request.HttpContext.Connection.Id;
        // Kestrel reuses its header dictionary for the connection's next request.
        Headers = request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        Body = body;
    }

    /// <summary>When its head was there (<see cref="TimeProvider.GetTimestamp"/> of the system's clock).</summary>
    public long ArrivedAt { get; } = TimeProvider.System.GetTimestamp();

    /// <summary>The method, in upper case.</summary>
    public string Method { get; }

    /// <summary>The path without the query, such as <c>/v1/chat/completions</c>.</summary>
    public string Path { get; }

    /// <summary>The query with its question mark; empty without one.</summary>
    public string Query { get; }

    /// <summary><c>HTTP/1.1</c> or <c>HTTP/2</c>.</summary>
    public string Protocol { get; }

    /// <summary>The same for two requests exactly when they came over the same connection.</summary>
    public string ConnectionId { get; }

    /// <summary>Headers by name, in any case; repeated ones are joined by commas.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>The body, byte for byte, after transfer decoding and before content decoding.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary><see cref="Body"/> as UTF-8.</summary>
    public string BodyText => Encoding.UTF8.GetString(Body.Span);

    /// <summary><see cref="Body"/> as a JSON object, parsed at each call.</summary>
    public JsonObject Json => JsonNode.Parse(Body.Span)!.AsObject();

    /// <summary>Completes when the client drops the request before the reply's end; never when the script itself cut it.</summary>
    public Task ClientAborted => _clientAborted.Task;

    /// <summary>Completes when the reply has been written to its scripted end.</summary>
    public Task Answered => _answered.Task;

    internal static async Task<RecordedRequest> ReadAsync(HttpContext http, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, cancellationToken);
        return new RecordedRequest(http.Request, body.ToArray());
    }

    internal void MarkClientAborted() => _clientAborted.TrySetResult();

    internal void MarkAnswered() => _answered.TrySetResult();
}
