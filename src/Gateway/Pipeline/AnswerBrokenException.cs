using Gateway.Contracts.Errors;

namespace Gateway.Pipeline;

/// <summary>
/// Leaves the request's handler when an answer broke off after it had begun. The server then closes the connection without the end mark
/// of a complete body (RFC 9112, section 8), so that no client can take the truncated answer for a whole one.
/// </summary>
public sealed class AnswerBrokenException(GatewayError error)
    : IOException($"The answer broke off after it had begun ({error.Code}: {error.Message}); the connection is closed without an end mark.");
