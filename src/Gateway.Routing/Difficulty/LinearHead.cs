namespace Gateway.Routing.Difficulty;

/// <summary>One logistic regression: the log-odds that one model class answers a prompt of one form rightly.</summary>
/// <param name="Intercept">The log-odds of a prompt without any feature.</param>
/// <param name="DenseWeights">By dense feature, on standardised values.</param>
/// <param name="Slope">Platt's slope: scales the sum of all weights to calibrated log-odds.</param>
/// <param name="Offset">Platt's offset, added after scaling.</param>
internal sealed record LinearHead(double Intercept, float[] DenseWeights, double Slope, double Offset)
{
    // Odds beyond e^12 are not to be learnt from some thousand prompts; the bound keeps every estimate inside (0, 1).
    private const double LargestLogOdds = 12;

    public double Probability(double termSum, ReadOnlySpan<float> standardised)
    {
        double sum = LogOdds(termSum, standardised);
        return 1 / (1 + Math.Exp(-Math.Clamp((sum * Slope) + Offset, -LargestLogOdds, LargestLogOdds)));
    }

    /// <summary>The log-odds before calibration.</summary>
    public double LogOdds(double termSum, ReadOnlySpan<float> standardised)
    {
        double sum = Intercept + termSum;
        for (int i = 0; i < standardised.Length; i++)
        {
            sum += DenseWeights[i] * standardised[i];
        }

        return sum;
    }
}
