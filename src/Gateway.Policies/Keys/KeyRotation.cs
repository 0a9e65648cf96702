namespace Gateway.Policies;

/// <summary>An operator's wish to give a key another secret.</summary>
/// <param name="Overlap">For how long the secret before it stays good: 0 to 30 days.</param>
public sealed record KeyRotation(TimeSpan Overlap)
{
    /// <summary>Long enough to bring the new key to everybody who has the old one: a day.</summary>
    public static TimeSpan DefaultOverlap { get; } = TimeSpan.FromDays(1);

    public static TimeSpan MaxOverlap { get; } = TimeSpan.FromDays(30);
}
