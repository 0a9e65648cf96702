namespace Gateway.Routing.Difficulty.Evaluation;

/// <summary>One threshold of a router.</summary>
/// <param name="StrongShare">The share of prompts sent to the strong model, in [0, 1].</param>
/// <param name="Accuracy">The share answered rightly, in [0, 1].</param>
public readonly record struct RoutingPoint(double StrongShare, double Accuracy);
