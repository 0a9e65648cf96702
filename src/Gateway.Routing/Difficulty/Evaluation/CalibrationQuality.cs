namespace Gateway.Routing.Difficulty.Evaluation;

/// <summary>How well probabilities agree with what came true.</summary>
/// <param name="Brier">The mean squared difference between probability and outcome, in [0, 1]; lower is better (Brier 1950).</param>
/// <param name="ExpectedError">
/// The expected calibration error over ten equal bins of probability: the mean difference between a bin's mean probability and its share
/// of right answers, weighted by the bin's prompts, in [0, 1]; lower is better (Guo et al. 2017).
/// </param>
public readonly record struct CalibrationQuality(double Brier, double ExpectedError)
{
    private const int Bins = 10;

    /// <param name="predictions">At least one.</param>
    public static CalibrationQuality Measure(IReadOnlyCollection<(double Probability, bool Outcome)> predictions)
    {
        double error = predictions
            .GroupBy(prediction => Math.Min((int)(prediction.Probability * Bins), Bins - 1))
            .Sum(bin => Math.Abs(bin.Sum(prediction => prediction.Probability - (prediction.Outcome ? 1 : 0))));
        double brier = predictions.Average(prediction => Math.Pow(prediction.Probability - (prediction.Outcome ? 1 : 0), 2));
        return new CalibrationQuality(brier, error / predictions.Count);
    }
}
