namespace Gateway.Redis;

/// <summary>Whether Redis answers.</summary>
/// <param name="Problem">Why the last call failed, without secrets; null when it did not.</param>
public sealed record RedisLinkStatus(bool IsUp, string? Problem);
