namespace Gateway.Budgets;

/// <summary>Whether a run still answers.</summary>
/// <param name="IsHeld">False when another run took its place: nothing was added.</param>
/// <param name="SinceRead">How long ago somebody read the answer; null when nobody did.</param>
public readonly record struct RunHold(bool IsHeld, TimeSpan? SinceRead);
