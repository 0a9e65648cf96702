using System.Text.Json;
using Gateway.Contracts.OpenAI;

namespace Gateway.Contracts.Errors;

/// <summary>
/// The OpenAI error object: <c>{"error":{"message","type","param","code"}}</c>. All four keys are always there, as clients read
/// them without asking; text is escaped by the serializer, never by hand.
/// </summary>
public static class OpenAIErrorBody
{
    /// <summary>The object as UTF-8 JSON on one line, so that it also fits one <c>data:</c> line of an event stream.</summary>
    public static byte[] ToUtf8(GatewayError error) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new ErrorEnvelope(new ErrorDetail(error.Message, error.Code.Type, error.Param, error.Code.Name)),
            OpenAIJson.Relaxed.ErrorEnvelope);

    /// <summary>
    /// Whether a provider's answer already has the shape that clients parse: an object whose <c>error</c> is an object with a
    /// <c>message</c>.
    /// </summary>
    public static bool IsWellFormed(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("error", out var error)
                && error.ValueKind == JsonValueKind.Object
                && error.TryGetProperty("message", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
