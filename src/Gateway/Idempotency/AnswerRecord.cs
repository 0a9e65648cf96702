using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Contracts.Errors;
using Gateway.Pipeline;
using Microsoft.Net.Http.Headers;

namespace Gateway.Idempotency;

/// <summary>Status and headers of a kept answer: the first of its parts. The others are the bytes of its body.</summary>
internal sealed partial record AnswerRecord
{
    private const int Version = 1;

    /// <summary>What belongs to one exchange on one connection, not to the answer.</summary>
    private static readonly HashSet<string> OfTheExchange = new(StringComparer.OrdinalIgnoreCase)
    {
        GatewayHeaders.RequestId, HeaderNames.Connection, HeaderNames.Date, HeaderNames.KeepAlive, HeaderNames.Server, HeaderNames.TransferEncoding,
    };

    [JsonPropertyName("v")]
    public int SchemaVersion { get; init; } = Version;

    /// <summary>The id of the request that was run.</summary>
    public required string Request { get; init; }

    public required int Status { get; init; }

    /// <summary>The code of the error that it is; null when it is none.</summary>
    public string? Error { get; init; }

    public required Dictionary<string, string?[]> Headers { get; init; }

    public static byte[] Write(GatewayRequest request) => JsonSerializer.SerializeToUtf8Bytes(
        new AnswerRecord
        {
            Request = request.Id,
            Status = request.Http.Response.StatusCode,
            Error = request.Error?.Code.Name,
            Headers = request.Http.Response.Headers
                .Where(header => !OfTheExchange.Contains(header.Key))
                .ToDictionary(header => header.Key, header => header.Value.ToArray()),
        },
        AnswerJson.Default.AnswerRecord);

    /// <summary>Null when another version of the gateway wrote it in another form.</summary>
    public static AnswerRecord? Read(ReadOnlyMemory<byte> part) =>
        JsonSerializer.Deserialize(part.Span, AnswerJson.Default.AnswerRecord) is { SchemaVersion: Version } record ? record : null;

    public void ApplyTo(GatewayRequest request)
    {
        var response = request.Http.Response;
        response.StatusCode = Status;
        foreach (var (name, values) in Headers)
        {
            response.Headers[name] = values;
        }

        response.Headers[GatewayHeaders.Replayed] = Request;
        if (Error is not null && ErrorCode.All.FirstOrDefault(code => code.Name == Error) is { } code)
        {
            request.Error = new GatewayError(code, $"The request {Request}, which this one joined, failed.");
        }
    }

    [JsonSerializable(typeof(AnswerRecord))]
    private sealed partial class AnswerJson : JsonSerializerContext;
}
