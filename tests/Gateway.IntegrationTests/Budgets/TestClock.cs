namespace Gateway.IntegrationTests.Budgets;

/// <summary>The system's clock, with its hands moved: what is measured between two moments goes on as ever.</summary>
internal sealed class TestClock(DateTimeOffset start) : TimeProvider
{
    private readonly DateTimeOffset _startedAt = System.GetUtcNow();
    private long _offset = start.UtcTicks;

    public override DateTimeOffset GetUtcNow() => new DateTimeOffset(Volatile.Read(ref _offset), TimeSpan.Zero) + (System.GetUtcNow() - _startedAt);

    /// <summary>Sets the clock.</summary>
    public void Set(DateTimeOffset now) => Volatile.Write(ref _offset, (now - (System.GetUtcNow() - _startedAt)).UtcTicks);
}
