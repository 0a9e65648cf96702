using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Policies;
using Microsoft.AspNetCore.Http;

namespace Gateway.Providers;

/// <summary>
/// Tells from a provider's error what kind of failure it is. The status alone says too little: a prompt that is too long and one that a
/// content policy refused are both a 400.
/// </summary>
internal static class FailureKinds
{
    /// <summary>OpenAI, Azure, Groq and vLLM name it in <c>code</c> or <c>type</c>.</summary>
    private static readonly string[] ContextCodes = ["context_length_exceeded", "string_above_max_length", "request_too_large", "context_window_exceeded"];

    private static readonly string[] ContentCodes = ["content_policy_violation", "content_filter", "content_filtered", "responsibleaipolicyviolation", "moderation_blocked"];

    private static readonly string[] QuotaCodes = ["insufficient_quota", "billing_hard_limit_reached", "insufficient_balance", "credit_exhausted"];

    /// <summary>Those that give no code say it in words: vLLM and SGLang, Anthropic, Gemini, DeepSeek.</summary>
    private static readonly string[] ContextPhrases =
    [
        "maximum context length", "context length exceeded", "prompt is too long", "exceeds the context window", "exceed context limit",
        "input token count", "longer than the model's context length",
    ];

    private static readonly string[] ContentPhrases = ["content management policy", "content policy", "content_policy", "safety system"];

    private static readonly string[] QuotaPhrases = ["insufficient balance", "exceeded your current quota", "credit balance is too low"];

    /// <summary>Of an answer with an error status, 400 to 599.</summary>
    public static FailureKind OfStatus(int status, ReadOnlySpan<byte> body) => status switch
    {
        StatusCodes.Status401Unauthorized or StatusCodes.Status407ProxyAuthenticationRequired => FailureKind.Authentication,
        StatusCodes.Status402PaymentRequired => FailureKind.QuotaExhausted,
        StatusCodes.Status429TooManyRequests => Says(body, QuotaCodes, QuotaPhrases) ? FailureKind.QuotaExhausted : FailureKind.RateLimited,
        StatusCodes.Status408RequestTimeout or StatusCodes.Status504GatewayTimeout => FailureKind.Timeout,
        StatusCodes.Status503ServiceUnavailable or 529 => FailureKind.Overloaded,
        >= StatusCodes.Status500InternalServerError => FailureKind.ServerError,
        _ => OfCallerStatus(status, body),
    };

    /// <summary>Of an error event inside a stream.</summary>
    public static FailureKind OfStreamError(ReadOnlySpan<byte> body) =>
        Says(body, ContextCodes, ContextPhrases) ? FailureKind.ContextLength
        : Says(body, ContentCodes, ContentPhrases) ? FailureKind.ContentFilter
        : Says(body, ["rate_limit_exceeded", "rate_limit_error", "429"], []) ? FailureKind.RateLimited
        : Says(body, ["overloaded_error", "overloaded", "503", "529"], []) ? FailureKind.Overloaded
        : FailureKind.ServerError;

    /// <summary>Of a request that the local engine refused.</summary>
    public static FailureKind OfCallerError(ErrorCode code) =>
        code == ErrorCode.CallerContextLengthExceeded ? FailureKind.ContextLength : FailureKind.BadRequest;

    private static FailureKind OfCallerStatus(int status, ReadOnlySpan<byte> body)
    {
        if (status == StatusCodes.Status413PayloadTooLarge || Says(body, ContextCodes, ContextPhrases))
        {
            return FailureKind.ContextLength;
        }

        if (Says(body, ContentCodes, ContentPhrases))
        {
            return FailureKind.ContentFilter;
        }

        return status == StatusCodes.Status404NotFound ? FailureKind.ModelNotFound : FailureKind.BadRequest;
    }

    /// <summary>Whether the error's <c>code</c> or <c>type</c> is one of these, or its message has one of these phrases.</summary>
    private static bool Says(ReadOnlySpan<byte> body, ReadOnlySpan<string> codes, ReadOnlySpan<string> phrases)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            if (!JsonDocument.TryParseValue(ref reader, out var document))
            {
                return false;
            }

            using (document)
            {
                var root = document.RootElement;
                var error = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out var inner) && inner.ValueKind == JsonValueKind.Object ? inner : root;
                return Matches(Text(error, "code"), codes) || Matches(Text(error, "type"), codes) || Has(Text(error, "message") ?? Text(error, "detail"), phrases);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Not JSON: load balancers answer in HTML, and then the status is all there is.
            return false;
        }
    }

    private static string? Text(JsonElement error, string name) =>
        error.ValueKind != JsonValueKind.Object || !error.TryGetProperty(name, out var value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : value.ValueKind == JsonValueKind.Number ? value.GetRawText()
        : null;

    private static bool Matches(string? text, ReadOnlySpan<string> codes)
    {
        foreach (var code in codes)
        {
            if (string.Equals(text, code, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Has(string? text, ReadOnlySpan<string> phrases)
    {
        foreach (var phrase in phrases)
        {
            if (text?.Contains(phrase, StringComparison.OrdinalIgnoreCase) == true)
            {
                return true;
            }
        }

        return false;
    }
}
