namespace Gateway.Engine.Benchmarking;

/// <summary>The time in which all streams generate, and the tokens that come in it. Opens when the last stream has its first token.</summary>
/// <param name="streams">Number of streams.</param>
/// <param name="time">The clock.</param>
internal sealed class DecodeWindow(int streams, TimeProvider time)
{
    private readonly object _lock = new();
    private int _started;
    private long _tokens;
    private long _opened;
    private long _last;

    /// <summary>Of all streams together; 0 before there was a second token.</summary>
    public double TokensPerSecond
    {
        get
        {
            lock (_lock)
            {
                return _last > _opened ? _tokens / time.GetElapsedTime(_opened, _last).TotalSeconds : 0;
            }
        }
    }

    /// <summary>A token has come.</summary>
    public void Count(bool isFirst)
    {
        lock (_lock)
        {
            _last = time.GetTimestamp();
            if (_started == streams)
            {
                _tokens++;
            }
            else if (isFirst && ++_started == streams)
            {
                _opened = _last;
            }
        }
    }

    /// <summary>Whether so many tokens per stream have come in it.</summary>
    public bool IsOver(int tokensPerStream)
    {
        lock (_lock)
        {
            return _tokens >= (long)tokensPerStream * streams;
        }
    }
}
