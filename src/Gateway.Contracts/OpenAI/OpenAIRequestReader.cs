using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Gateway.Contracts.Errors;

namespace Gateway.Contracts.OpenAI;

/// <summary>
/// Reads a request body in one pass over its bytes and checks the fields that every provider types alike, so that a mistake is
/// answered at the front door, with the field's name. Fields it does not know are left alone.
/// </summary>
public static class OpenAIRequestReader
{
    /// <summary>Deep enough for nested tool schemas, shallow enough for any stack.</summary>
    private const int MaxDepth = 128;

    /// <exception cref="GatewayException">The body is no valid request; the error names the field.</exception>
    public static OpenAIRequest Read(OpenAIEndpoint endpoint, ReadOnlyMemory<byte> body)
    {
        if (!Utf8.IsValid(body.Span))
        {
            throw new GatewayException(ErrorCode.CallerInvalidUtf8, "The request body is not valid UTF-8. Send JSON encoded as UTF-8.");
        }

        try
        {
            return ReadObject(endpoint, body);
        }
        catch (InvalidOperationException)
        {
            throw LoneSurrogate();
        }
        catch (JsonException exception)
        {
            throw new GatewayException(
                ErrorCode.CallerInvalidJson,
                string.Create(CultureInfo.InvariantCulture, $"The request body is not valid JSON (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}). Send one JSON object."));
        }
    }

    /// <summary>
    /// The endpoint that a body is made for: what it holds tells, <c>messages</c>, <c>prompt</c> or <c>input</c>. A chat completion when it
    /// holds none of them, or is no JSON object; reading it then says what is wrong.
    /// </summary>
    public static OpenAIEndpoint EndpointOf(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
            reader.Read();
            var endpoint = OpenAIEndpoint.ChatCompletions;
            while (reader.TokenType != JsonTokenType.StartArray && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("messages"u8))
                {
                    return OpenAIEndpoint.ChatCompletions;
                }

                endpoint = reader.ValueTextEquals("prompt"u8) ? OpenAIEndpoint.Completions
                    : reader.ValueTextEquals("input"u8) ? OpenAIEndpoint.Embeddings
                    : endpoint;
                reader.Skip();
            }

            return endpoint;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return OpenAIEndpoint.ChatCompletions;
        }
    }

    /// <summary>JSON's grammar allows an escaped half of a surrogate pair, but no character is meant by it.</summary>
    public static GatewayException LoneSurrogate() =>
        new(ErrorCode.CallerInvalidJson, "A string in the request holds half of a surrogate pair (\\ud800 to \\udfff come in pairs).");

    private static OpenAIRequest ReadObject(OpenAIEndpoint endpoint, ReadOnlyMemory<byte> body)
    {
        var reader = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new GatewayException(ErrorCode.CallerInvalidJson, "The request body must be one JSON object.");
        }

        var fields = new RequestFields { FirstMember = (int)reader.BytesConsumed };
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            fields.ReadMember(ref reader, endpoint);
        }

        // Reads past the closing brace: anything but white space behind it is malformed JSON and throws.
        reader.Read();
        return fields.ToRequest(endpoint, body);
    }
}
