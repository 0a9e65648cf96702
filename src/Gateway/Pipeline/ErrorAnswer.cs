using System.Globalization;
using Gateway.Contracts.Errors;
using Gateway.Providers;

namespace Gateway.Pipeline;

/// <summary>Answers with one of the gateway's own errors, in OpenAI's shape.</summary>
public static class ErrorAnswer
{
    /// <summary>The longest <c>Retry-After</c> that OpenAI's clients wait out.</summary>
    private static readonly TimeSpan LongestUsefulWait = TimeSpan.FromMinutes(1);

    public static async Task WriteAsync(HttpContext http, GatewayError error)
    {
        var response = http.Response;
        response.StatusCode = error.Code.Status;
        response.ContentType = AnswerHead.Json;
        if (error.RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (error.Code == ErrorCode.PolicyBudgetExceeded && !(error.RetryAfter <= LongestUsefulWait))
        {
            // OpenAI's clients would try again at once, and twice: they pass over a longer Retry-After, and know this one.
            response.Headers["x-should-retry"] = "false";
        }

        if (error.Code.Status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        var body = OpenAIErrorBody.ToUtf8(error);
        response.ContentLength = body.Length;

        // Without the token: to a client that has gone nothing is written, and that is no error.
        await response.Body.WriteAsync(body, CancellationToken.None);
    }
}
