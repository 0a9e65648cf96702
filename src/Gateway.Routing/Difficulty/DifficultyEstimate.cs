namespace Gateway.Routing.Difficulty;

/// <summary>How hard a prompt is, told by two model classes: each value is a calibrated probability in (0, 1).</summary>
/// <param name="WeakSucceeds">The probability that a weak model (the class of Mixtral 8x7B) answers rightly.</param>
/// <param name="StrongSucceeds">The probability that a strong model (the class of GPT-4) answers rightly.</param>
public readonly record struct DifficultyEstimate(double WeakSucceeds, double StrongSucceeds)
{
    /// <summary>What calling the strong model instead of the weak one is worth, in (-1, 1). Prompts are ranked by it.</summary>
    public double Gain => StrongSucceeds - WeakSucceeds;
}
