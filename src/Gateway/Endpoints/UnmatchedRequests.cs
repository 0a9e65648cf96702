using Gateway.Contracts.Errors;
using Gateway.Pipeline;

namespace Gateway.Endpoints;

/// <summary>Gives an OpenAI-shaped error to requests that no endpoint matches: clients parse every answer as one.</summary>
public static class UnmatchedRequests
{
    /// <summary>Behind routing, whose own answers to a wrong method are no endpoints of ours, and have no body.</summary>
    public static void UseErrorsForUnmatchedRequests(this IApplicationBuilder app) =>
        app.Use((http, next) => http.GetEndpoint() is RouteEndpoint ? next(http) : RefuseAsync(http, next));

    private static async Task RefuseAsync(HttpContext http, RequestDelegate next)
    {
        await next(http);
        switch (http.Response.StatusCode)
        {
            case StatusCodes.Status404NotFound:
                await ErrorAnswer.WriteAsync(
                    http,
                    new GatewayError(ErrorCode.CallerUnknownEndpoint, "This gateway has no such endpoint. The base URL of OpenAI clients ends with /v1."));
                break;
            case StatusCodes.Status405MethodNotAllowed:
                await ErrorAnswer.WriteAsync(
                    http,
                    new GatewayError(ErrorCode.CallerMethodNotAllowed, $"This endpoint does not take {http.Request.Method}. Allowed: {http.Response.Headers.Allow}."));
                break;
        }
    }
}
