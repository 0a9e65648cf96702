using Gateway.Contracts.Errors;
using Gateway.Policies;
using Microsoft.AspNetCore.Http;

namespace Gateway.Providers;

/// <summary>What an error status of a provider means to the gateway and its client.</summary>
internal static class StatusFailures
{
    /// <summary>
    /// A provider's error keeps its words and its status, so that clients that branch on its code go on working. Refused credentials are
    /// the gateway's own, not the client's, and so are no 401 to the client.
    /// </summary>
    /// <param name="provider">Its name.</param>
    /// <param name="status">400 to 599.</param>
    /// <param name="retryAfter">When it wants to be asked again; null when it is silent.</param>
    /// <param name="body">What it said.</param>
    /// <param name="answer">The answer for the client, given the gateway's code; null when there is none that clients can parse.</param>
    public static AttemptFailure Of(string provider, int status, TimeSpan? retryAfter, ReadOnlySpan<byte> body, Func<ErrorCode, ProviderAnswer?> answer)
    {
        if (status is StatusCodes.Status401Unauthorized or StatusCodes.Status407ProxyAuthenticationRequired)
        {
            return new AttemptFailure(
                new GatewayError(ErrorCode.ProviderAuthentication, $"Provider '{provider}' refused the gateway's credentials (status {status}). Check the environment variable that its apiKey names."),
                FailureKind.Authentication);
        }

        var code = status switch
        {
            StatusCodes.Status429TooManyRequests => ErrorCode.ProviderRateLimited,
            StatusCodes.Status503ServiceUnavailable or 529 => ErrorCode.ProviderOverloaded,
            _ => ErrorCode.ProviderError,
        };
        return new AttemptFailure(
            new GatewayError(code, $"Provider '{provider}' answered with status {status}.", RetryAfter: retryAfter), FailureKinds.OfStatus(status, body))
        {
            Answer = answer(code),
        };
    }
}
