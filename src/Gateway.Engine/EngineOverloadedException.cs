namespace Gateway.Engine;

/// <summary>The waiting queue is full; the request was not accepted and may be sent again later.</summary>
public sealed class EngineOverloadedException(int maxWaitingRequests)
    : EngineException($"The engine's queue is full: {maxWaitingRequests} requests are waiting already. Try again later.")
{
    /// <summary>The limit that was reached: <see cref="EngineOptions.MaxWaitingRequests"/>.</summary>
    public int MaxWaitingRequests { get; } = maxWaitingRequests;
}
