namespace Gateway.Engine;

/// <summary>When a request was submitted, first computed, and last given a token. Times are those of <see cref="TimeProvider.GetTimestamp"/>.</summary>
internal sealed class GenerationClock
{
    private bool _isServed;
    private bool _hasToken;
    private long _submitted;
    private long _lastToken;

    public void Start(long now) => _submitted = now;

    /// <summary>A step computes it: seconds since its submission; null when it is not the first such step.</summary>
    public double? BeginService(TimeProvider time)
    {
        if (_isServed)
        {
            return null;
        }

        _isServed = true;
        return time.GetElapsedTime(_submitted).TotalSeconds;
    }

    /// <summary>A token came: whether it is the first, and the seconds since the submission or since the token before.</summary>
    public (bool IsFirst, double Seconds) AddToken(TimeProvider time, long now)
    {
        var since = _hasToken ? _lastToken : _submitted;
        var isFirst = !_hasToken;
        (_hasToken, _lastToken) = (true, now);
        return (isFirst, time.GetElapsedTime(since, now).TotalSeconds);
    }
}
