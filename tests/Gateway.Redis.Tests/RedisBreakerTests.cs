using Xunit;

namespace Gateway.Redis.Tests;

public sealed class RedisBreakerTests
{
    private readonly ManualTime _time = new();
    private readonly RedisBreaker _breaker;

    public RedisBreakerTests() => _breaker = new RedisBreaker(_time);

    [Fact]
    public void TryEnter_WhileRedisAnswers_LetsAllThrough() => Assert.All(Enumerable.Range(0, 5), _ => Assert.True(_breaker.TryEnter()));

    [Fact]
    public void TryEnter_AfterAFailure_LetsOneThroughEveryHalfSecond()
    {
        _breaker.Failed();
        Assert.False(_breaker.TryEnter());

        _time.Advance(0.5);
        Assert.True(_breaker.TryEnter());
        Assert.False(_breaker.TryEnter());

        // The one that was let through takes its time to fail; the next waits half a second from then.
        _time.Advance(1);
        Assert.Equal(TimeSpan.FromSeconds(1.5), _breaker.Failed());
        Assert.False(_breaker.TryEnter());
    }

    [Fact]
    public void Succeeded_AfterFailures_LetsAllThroughAndCountsAnew()
    {
        _breaker.Failed();
        _time.Advance(3);
        _breaker.Succeeded();

        Assert.True(_breaker.TryEnter());
        Assert.Equal(TimeSpan.Zero, _breaker.Failed());
    }

    private sealed class ManualTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(double seconds) => _ticks += TimeSpan.FromSeconds(seconds).Ticks;
    }
}
