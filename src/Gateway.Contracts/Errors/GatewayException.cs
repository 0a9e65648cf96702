namespace Gateway.Contracts.Errors;

/// <summary>Carries a <see cref="GatewayError"/> out of a stage; the pipeline turns it into the answer.</summary>
public sealed class GatewayException(GatewayError error) : Exception(error.Message)
{
    public GatewayException(ErrorCode code, string message, string? param = null, TimeSpan? retryAfter = null)
        : this(new GatewayError(code, message, param, retryAfter))
    {
    }

    public GatewayError Error { get; } = error;
}
