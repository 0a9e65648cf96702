namespace Gateway.Contracts.Errors;

/// <summary>The values of <c>error.type</c> in OpenAI's API that clients branch on.</summary>
public static class ErrorType
{
    public const string InvalidRequest = "invalid_request_error";
    public const string Authentication = "authentication_error";
    public const string Permission = "permission_error";
    public const string RateLimit = "rate_limit_error";
    public const string Quota = "insufficient_quota";
    public const string Server = "server_error";
}
