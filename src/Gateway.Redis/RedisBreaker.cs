namespace Gateway.Redis;

/// <summary>Lets calls through while Redis answers; once it does not, one call every half second until one is answered. Safe for concurrent use.</summary>
internal sealed class RedisBreaker(TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.5);

    private readonly Lock _lock = new();
    private bool _isOpen;
    private long _openedAt;
    private long _triedAt;

    /// <summary>Whether a call may be made.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (!_isOpen)
            {
                return true;
            }

            if (time.GetElapsedTime(_triedAt) < Pause)
            {
                return false;
            }

            _triedAt = time.GetTimestamp();
            return true;
        }
    }

    public void Succeeded()
    {
        lock (_lock)
        {
            _isOpen = false;
        }
    }

    /// <returns>For how long no call has been answered.</returns>
    public TimeSpan Failed()
    {
        lock (_lock)
        {
            _triedAt = time.GetTimestamp();
            if (!_isOpen)
            {
                _isOpen = true;
                _openedAt = _triedAt;
            }

            return time.GetElapsedTime(_openedAt);
        }
    }
}
