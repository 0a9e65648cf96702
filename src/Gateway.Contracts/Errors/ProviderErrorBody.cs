using System.Text.Json;
using Gateway.Contracts.OpenAI;

namespace Gateway.Contracts.Errors;

/// <summary>
/// Brings the errors of servers that speak OpenAI's dialect with an accent into <see cref="OpenAIErrorBody">its shape</see>: vLLM and SGLang
/// leave out the outer <c>error</c>, text-generation-inference has a text in its place, FastAPI answers with <c>detail</c>.
/// </summary>
public static class ProviderErrorBody
{
    /// <summary>The error with its message, and with its type, param and code where it has them; null when it is no JSON object.</summary>
    /// <param name="json">The provider's body.</param>
    /// <param name="type">The type when the error has none.</param>
    /// <param name="code">The code when the error has none.</param>
    public static byte[]? Reshape(ReadOnlyMemory<byte> json, string type, string code)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Reshape(document.RootElement, type, code) : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON, or a text in it is no Unicode.
            return null;
        }
    }

    private static byte[] Reshape(JsonElement error, string type, string code)
    {
        var message = Text(error, "message") ?? Text(error, "error") ?? Text(error, "detail") ?? error.GetRawText();
        var detail = new ErrorDetail(message, Text(error, "type") ?? type, Text(error, "param"), Text(error, "code") ?? code);
        return JsonSerializer.SerializeToUtf8Bytes(new ErrorEnvelope(detail), OpenAIJson.Relaxed.ErrorEnvelope);
    }

    private static string? Text(JsonElement error, string name) =>
        error.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
