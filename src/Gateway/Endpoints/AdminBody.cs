using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.OpenAI;
using Gateway.Pipeline;
using Gateway.Policies;

namespace Gateway.Endpoints;

/// <summary>Reads the JSON bodies of the endpoints under <c>/admin</c>.</summary>
internal static class AdminBody
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <param name="read">What the body asks for, or every reason why it cannot be.</param>
    /// <exception cref="GatewayException">It is no JSON, or what it asks for cannot be.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext http, Func<JsonElement, (T? Value, ImmutableArray<PolicyError> Errors)> read)
        where T : class
    {
        var (value, errors) = read(await ReadAsync(http));
        return value ?? throw OrderRefusals.Of(errors);
    }

    /// <returns>An object whose texts can all be read.</returns>
    /// <exception cref="GatewayException">It is none.</exception>
    public static async Task<JsonElement> ReadAsync(HttpContext http)
    {
        try
        {
            using var body = await JsonDocument.ParseAsync(http.Request.Body, Strict, http.RequestAborted);
            if (body.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new GatewayException(ErrorCode.CallerInvalidJson, "The request body must be one JSON object.");
            }

            ReadTexts(body.RootElement);
            return body.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            throw new GatewayException(ErrorCode.CallerInvalidJson, $"The request body is not one JSON object without repeated names: {exception.Message}");
        }
        catch (InvalidOperationException)
        {
            throw OpenAIRequestReader.LoneSurrogate();
        }
        catch (BadHttpRequestException)
        {
            throw new GatewayException(ErrorCode.CallerBadRequest, "The request body ended before it was complete, is too large, or its framing is broken.");
        }
    }

    /// <exception cref="InvalidOperationException">One holds half of a surrogate pair.</exception>
    private static void ReadTexts(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in json.EnumerateObject())
                {
                    _ = member.Name;
                    ReadTexts(member.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in json.EnumerateArray())
                {
                    ReadTexts(item);
                }

                break;
            case JsonValueKind.String:
                _ = json.GetString();
                break;
        }
    }
}
