namespace Gateway.Redis;

/// <summary>Why a call of Redis gave no result.</summary>
public enum RedisCallFailure
{
    /// <summary>Redis is down, and the call was not sent: it has surely done nothing.</summary>
    NotSent,

    /// <summary>No answer came in time or the connection broke: the call may have been carried out, or may yet be.</summary>
    Unknown,

    /// <summary>Redis answered with an error.</summary>
    Refused,
}
