namespace Gateway.Routing.Difficulty.Learning;

/// <summary>The fit for one model class.</summary>
/// <param name="Weights">By column of the <see cref="TrainingMatrix"/>.</param>
/// <param name="Open">The calibration of open prompts.</param>
/// <param name="Choice">The calibration of multiple-choice prompts.</param>
internal sealed record HeadFit(double[] Weights, (double Slope, double Offset) Open, (double Slope, double Offset) Choice);
