namespace Gateway.Routing.Tests.Observations;

/// <summary>A clock that stands still until a test moves it, in either direction.</summary>
internal sealed class ManualTime : TimeProvider
{
    /// <summary>In the middle of a time slice.</summary>
    public DateTimeOffset Now { get; set; } = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;

    public void Advance(double seconds) => Now = Now.AddSeconds(seconds);
}
