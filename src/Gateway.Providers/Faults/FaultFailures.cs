using System.Globalization;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.OpenAI;
using Gateway.Policies;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Gateway.Providers.Faults;

/// <summary>The failures of faults that give no answer at all, with the words of real providers.</summary>
internal static class FaultFailures
{
    private const string RetryAfter = "Retry-After";

    /// <summary>Null for a fault that leaves an answer, be it a late or a broken one, and for one that leaves nothing to tell.</summary>
    public static AttemptFailure? Of(Fault fault, AttemptRequest attempt) => fault.Kind switch
    {
        FaultKind.Status => OfStatus(fault, attempt),
        FaultKind.Reset => new AttemptFailure(
            new GatewayError(ErrorCode.ProviderUnreachable, $"Provider '{attempt.Provider.Name}' could not be reached: the connection was reset."),
            FailureKind.Unreachable),
        FaultKind.ContextLength => Refused(attempt, StatusCodes.Status400BadRequest, new ErrorDetail(
            $"This model's maximum context length is {attempt.Model.ContextWindow} tokens. Please reduce the length of the messages.",
            ErrorType.InvalidRequest,
            "messages",
            "context_length_exceeded")),
        FaultKind.ContentFilter => Refused(attempt, StatusCodes.Status400BadRequest, new ErrorDetail(
            "Your request was rejected as a result of our safety system.", ErrorType.InvalidRequest, null, "content_policy_violation")),
        FaultKind.RejectPrefill => Refused(attempt, StatusCodes.Status400BadRequest, new ErrorDetail(
            "This model does not support assistant message prefill. The conversation must end with a user message.",
            ErrorType.InvalidRequest,
            "messages",
            null)),
        _ => null,
    };

    private static AttemptFailure OfStatus(Fault fault, AttemptRequest attempt)
    {
        var (message, type, code) = Usual(fault.Status);
        return Refused(attempt, fault.Status, new ErrorDetail(fault.Message ?? message, type, null, fault.Code ?? code), fault.RetryAfter);
    }

    private static AttemptFailure Refused(AttemptRequest attempt, int status, ErrorDetail detail, TimeSpan? retryAfter = null)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new ErrorEnvelope(detail), OpenAIJson.Relaxed.ErrorEnvelope);
        KeyValuePair<string, StringValues>[] headers = retryAfter is { } wish
            ? [new(RetryAfter, ((int)wish.TotalSeconds).ToString(CultureInfo.InvariantCulture))]
            : [];
        return StatusFailures.Of(
            attempt.Provider.Name, status, retryAfter, body, _ => new ProviderAnswer(new AnswerHead(status, AnswerHead.Json, headers), body));
    }

    private static (string Message, string Type, string? Code) Usual(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => ("Incorrect API key provided.", ErrorType.Authentication, "invalid_api_key"),
        StatusCodes.Status402PaymentRequired => ("Insufficient Balance", ErrorType.InvalidRequest, "insufficient_quota"),
        StatusCodes.Status403Forbidden => ("You are not allowed to use this model.", ErrorType.Permission, null),
        StatusCodes.Status404NotFound => ("The model does not exist or you do not have access to it.", ErrorType.InvalidRequest, "model_not_found"),
        StatusCodes.Status429TooManyRequests => ("Rate limit reached for requests.", ErrorType.RateLimit, "rate_limit_exceeded"),
        StatusCodes.Status503ServiceUnavailable => ("The engine is currently overloaded, please try again later.", ErrorType.Server, "service_unavailable"),
        >= StatusCodes.Status500InternalServerError => ("The server had an error while processing your request.", ErrorType.Server, null),
        _ => ("The request could not be processed.", ErrorType.InvalidRequest, null),
    };
}
