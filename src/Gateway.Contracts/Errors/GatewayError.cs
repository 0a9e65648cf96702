namespace Gateway.Contracts.Errors;

/// <summary>An error that the gateway answers with: never a stack trace, never a secret.</summary>
/// <param name="Code">The entry of the closed vocabulary.</param>
/// <param name="Message">One or two sentences for the person who reads it: what is wrong, and what to do instead.</param>
/// <param name="Param">The request field that is at fault, as a path such as <c>messages[0].role</c>; null when none is.</param>
/// <param name="RetryAfter">The earliest time at which trying again makes sense; null when it is unknown or pointless.</param>
public sealed record GatewayError(ErrorCode Code, string Message, string? Param = null, TimeSpan? RetryAfter = null);
