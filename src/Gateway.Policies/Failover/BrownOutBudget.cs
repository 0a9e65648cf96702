namespace Gateway.Policies;

/// <summary>Degrading one caller's requests as its budget runs out, so that what is left of it lasts longer.</summary>
/// <param name="Start">The share of a hard limit, spent and held together, at which degrading begins: above 0, below <paramref name="Full"/>.</param>
/// <param name="Full">The share at which it is complete: at most 1.</param>
public sealed record BrownOutBudget(double Start, double Full)
{
    /// <summary>0 below the start, 1 from the full value on, a straight line between.</summary>
    /// <param name="used">The share that is used up.</param>
    public double PressureAt(double used) => Math.Clamp((used - Start) / (Full - Start), 0, 1);
}
