using System.Collections.Immutable;

namespace Gateway.Contracts.Errors;

/// <summary>
/// One entry of the closed vocabulary of errors that the gateway itself raises. The family is the part before the first
/// underscore and says who can fix it: <c>caller_*</c> the client, <c>policy_*</c> the operator's files and limits,
/// <c>provider_*</c> the model behind the gateway. A provider's own error passes through with the provider's own code.
/// </summary>
/// <param name="Name">The value of <c>error.code</c>.</param>
/// <param name="Status">HTTP status, 400 to 599.</param>
/// <param name="Type">The value of <c>error.type</c>, one of those that OpenAI's clients know.</param>
public sealed record ErrorCode(string Name, int Status, string Type)
{
    /// <summary>Who can fix it: <c>caller</c>, <c>policy</c> or <c>provider</c>.</summary>
    public string Family { get; } = Name[..Name.IndexOf('_', StringComparison.Ordinal)];

    public override string ToString() => Name;

    // The request cannot be read.
    public static readonly ErrorCode CallerInvalidJson = new("caller_invalid_json", 400, ErrorType.InvalidRequest);
    public static readonly ErrorCode CallerInvalidUtf8 = new("caller_invalid_utf8", 400, ErrorType.InvalidRequest);
    public static readonly ErrorCode CallerBodyTooLarge = new("caller_body_too_large", 413, ErrorType.InvalidRequest);
    public static readonly ErrorCode CallerBodyTimeout = new("caller_body_timeout", 408, ErrorType.InvalidRequest);
    public static readonly ErrorCode CallerUnsupportedMediaType = new("caller_unsupported_media_type", 415, ErrorType.InvalidRequest);
    public static readonly ErrorCode CallerBadRequest = new("caller_bad_request", 400, ErrorType.InvalidRequest);
    public static readonly ErrorCode CallerInvalidHeader = new("caller_invalid_header", 400, ErrorType.InvalidRequest);

    // The request reads well but asks for something that cannot be.
    public static readonly ErrorCode CallerMissingField = new("caller_missing_field", 400, ErrorType.InvalidRequest);
    public static readonly ErrorCode CallerInvalidField = new("caller_invalid_field", 400, ErrorType.InvalidRequest);
    public static readonly ErrorCode CallerUnsupportedField = new("caller_unsupported_field", 400, ErrorType.InvalidRequest);
    public static readonly ErrorCode CallerUnsupportedByRoute = new("caller_unsupported_by_route", 400, ErrorType.InvalidRequest);
    public static readonly ErrorCode CallerContextLengthExceeded = new("caller_context_length_exceeded", 400, ErrorType.InvalidRequest);
    public static readonly ErrorCode CallerModelNotFound = new("caller_model_not_found", 404, ErrorType.InvalidRequest);
    public static readonly ErrorCode CallerFaultNotFound = new("caller_fault_not_found", 404, ErrorType.InvalidRequest);
    public static readonly ErrorCode CallerKeyNotFound = new("caller_key_not_found", 404, ErrorType.InvalidRequest);
    public static readonly ErrorCode CallerKeyConflict = new("caller_key_conflict", 409, ErrorType.InvalidRequest);
    public static readonly ErrorCode CallerBudgetNotFound = new("caller_budget_not_found", 404, ErrorType.InvalidRequest);
    public static readonly ErrorCode CallerBudgetConflict = new("caller_budget_conflict", 409, ErrorType.InvalidRequest);
    public static readonly ErrorCode CallerBudgetChanged = new("caller_budget_changed", 412, ErrorType.InvalidRequest);
    public static readonly ErrorCode CallerIdempotencyKeyReused = new("caller_idempotency_key_reused", 422, ErrorType.InvalidRequest);
    public static readonly ErrorCode CallerIdempotentAnswerNotKept = new("caller_idempotent_answer_not_kept", 410, ErrorType.InvalidRequest);
    public static readonly ErrorCode CallerUnknownEndpoint = new("caller_unknown_endpoint", 404, ErrorType.InvalidRequest);
    public static readonly ErrorCode CallerMethodNotAllowed = new("caller_method_not_allowed", 405, ErrorType.InvalidRequest);

    // Who is asking.
    public static readonly ErrorCode CallerMissingKey = new("caller_missing_key", 401, ErrorType.Authentication);
    public static readonly ErrorCode CallerInvalidKey = new("caller_invalid_key", 401, ErrorType.Authentication);

    // What the operator's files say.
    public static readonly ErrorCode PolicyModelNotAllowed = new("policy_model_not_allowed", 403, ErrorType.Permission);
    public static readonly ErrorCode PolicyAdminRequired = new("policy_admin_required", 403, ErrorType.Permission);
    public static readonly ErrorCode PolicyReportNotAllowed = new("policy_report_not_allowed", 403, ErrorType.Permission);
    public static readonly ErrorCode PolicyLedgerUnavailable = new("policy_ledger_unavailable", 503, ErrorType.Server);
    public static readonly ErrorCode PolicyKeyRequired = new("policy_key_required", 401, ErrorType.Authentication);
    public static readonly ErrorCode PolicyNotReady = new("policy_not_ready", 503, ErrorType.Server);
    public static readonly ErrorCode PolicyStopping = new("policy_stopping", 503, ErrorType.Server);
    public static readonly ErrorCode PolicyKeysUnavailable = new("policy_keys_unavailable", 503, ErrorType.Server);
    public static readonly ErrorCode PolicyIdempotencyUnavailable = new("policy_idempotency_unavailable", 503, ErrorType.Server);

    // What the caller may spend.
    public static readonly ErrorCode PolicyBudgetExceeded = new("policy_budget_exceeded", 429, ErrorType.Quota);
    public static readonly ErrorCode PolicyConcurrencyExceeded = new("policy_concurrency_exceeded", 429, ErrorType.RateLimit);
    public static readonly ErrorCode PolicyCostExceeded = new("policy_cost_exceeded", 402, ErrorType.Quota);
    public static readonly ErrorCode PolicyPriceUnknown = new("policy_price_unknown", 403, ErrorType.Permission);
    public static readonly ErrorCode PolicyBudgetUnavailable = new("policy_budget_unavailable", 503, ErrorType.Server);

    // What stands behind the gateway.
    public static readonly ErrorCode ProviderUnreachable = new("provider_unreachable", 502, ErrorType.Server);
    public static readonly ErrorCode ProviderTimeout = new("provider_timeout", 504, ErrorType.Server);
    public static readonly ErrorCode ProviderAuthentication = new("provider_authentication", 502, ErrorType.Server);
    public static readonly ErrorCode ProviderInvalidResponse = new("provider_invalid_response", 502, ErrorType.Server);
    public static readonly ErrorCode ProviderTruncated = new("provider_truncated", 502, ErrorType.Server);
    public static readonly ErrorCode ProviderError = new("provider_error", 502, ErrorType.Server);
    public static readonly ErrorCode ProviderRateLimited = new("provider_rate_limited", 429, ErrorType.RateLimit);
    public static readonly ErrorCode ProviderOverloaded = new("provider_overloaded", 503, ErrorType.Server);
    public static readonly ErrorCode ProviderInternal = new("provider_internal", 500, ErrorType.Server);

    /// <summary>The whole vocabulary, for documentation and dashboards.</summary>
    public static ImmutableArray<ErrorCode> All { get; } =
    [
        CallerInvalidJson, CallerInvalidUtf8, CallerBodyTooLarge, CallerBodyTimeout, CallerUnsupportedMediaType, CallerBadRequest, CallerInvalidHeader,
        CallerMissingField, CallerInvalidField, CallerUnsupportedField, CallerUnsupportedByRoute, CallerContextLengthExceeded,
        CallerModelNotFound, CallerFaultNotFound, CallerKeyNotFound, CallerKeyConflict,
        CallerBudgetNotFound, CallerBudgetConflict, CallerBudgetChanged, CallerIdempotencyKeyReused, CallerIdempotentAnswerNotKept,
        CallerUnknownEndpoint, CallerMethodNotAllowed, CallerMissingKey, CallerInvalidKey,
        PolicyModelNotAllowed, PolicyAdminRequired, PolicyReportNotAllowed, PolicyLedgerUnavailable, PolicyKeyRequired, PolicyNotReady,
        PolicyStopping, PolicyKeysUnavailable, PolicyIdempotencyUnavailable,
        PolicyBudgetExceeded, PolicyConcurrencyExceeded, PolicyCostExceeded, PolicyPriceUnknown, PolicyBudgetUnavailable,
        ProviderUnreachable, ProviderTimeout, ProviderAuthentication, ProviderInvalidResponse, ProviderTruncated, ProviderError,
        ProviderRateLimited, ProviderOverloaded, ProviderInternal,
    ];
}
