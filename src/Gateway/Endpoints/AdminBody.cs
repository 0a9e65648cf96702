using System.Collections.Immutable;
using System.Text.Json;
using Gateway.Contracts.Errors;
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
        return value ?? throw new GatewayException(
            ErrorCode.CallerInvalidField, string.Join(' ', errors.Select(error => $"{error.Key}: {error.Message} {error.Fix}.")), errors[0].Key);
    }

    /// <exception cref="GatewayException">It is no JSON.</exception>
    public static async Task<JsonElement> ReadAsync(HttpContext http)
    {
        try
        {
            using var body = await JsonDocument.ParseAsync(http.Request.Body, Strict, http.RequestAborted);
            return body.RootElement.Clone();
        }
        catch (JsonException exception)
        {
            throw new GatewayException(ErrorCode.CallerInvalidJson, $"The request body is not one JSON object without repeated names: {exception.Message}");
        }
        catch (BadHttpRequestException)
        {
            throw new GatewayException(ErrorCode.CallerBadRequest, "The request body ended before it was complete, is too large, or its framing is broken.");
        }
    }
}
