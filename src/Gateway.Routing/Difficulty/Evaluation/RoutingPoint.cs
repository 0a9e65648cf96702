namespace Gateway.Routing.Difficulty.Evaluation;

/// <summary>One threshold of a router.</summary>
/// <param name="StrongShare">The share of prompts sent to the strong model, in [0, 1].</param>
/// <param name="Accuracy">The share answered rightly, in [0, 1].</param>
/// <param name="GapRecovered">
/// (accuracy - weak) / (strong - weak): 0 with no strong call, 1 with strong calls only, outside [0, 1] at times. 0 when both models are
/// equally good.
/// </param>
public readonly record struct RoutingPoint(double StrongShare, double Accuracy, double GapRecovered);
