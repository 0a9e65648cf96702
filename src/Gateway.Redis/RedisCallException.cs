namespace Gateway.Redis;

/// <summary>A call of Redis gave no result. The message holds no secrets.</summary>
public sealed class RedisCallException(RedisCallFailure failure, string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>What is known about the call.</summary>
    public RedisCallFailure Failure { get; } = failure;
}
