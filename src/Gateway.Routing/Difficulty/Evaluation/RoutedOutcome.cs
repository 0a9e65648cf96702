namespace Gateway.Routing.Difficulty.Evaluation;

/// <summary>One prompt as a router saw it, and who answered it rightly.</summary>
/// <param name="Estimate">What was estimated from the prompt alone.</param>
/// <param name="Weak">The weak model answered rightly.</param>
/// <param name="Strong">The strong model answered rightly.</param>
public readonly record struct RoutedOutcome(DifficultyEstimate Estimate, bool Weak, bool Strong)
{
    public static RoutedOutcome Of(DifficultyModel model, RoutingExample example) =>
        new(model.Estimate(example.Prompt), example.Weak, example.Strong);
}
