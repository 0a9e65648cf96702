namespace Gateway.Routing.Difficulty.Learning;

/// <summary>
/// Turns the log-odds of a regularised model into calibrated ones by a slope and an offset (Platt 1999, with his smoothed targets, which
/// keep the fit finite on separable data).
/// </summary>
internal static class PlattScaling
{
    private const int MaxIterations = 50;
    private const int FewestExamples = 50;

    /// <param name="logOdds">From models that have not seen the example.</param>
    /// <param name="labels">By example.</param>
    /// <returns>The identity when there are fewer than 50 examples or the log-odds do not rise with the labels.</returns>
    public static (double Slope, double Offset) Fit(IReadOnlyList<double> logOdds, IReadOnlyList<bool> labels)
    {
        if (logOdds.Count < FewestExamples)
        {
            return (1, 0);
        }

        int positives = labels.Count(label => label);
        double high = (positives + 1.0) / (positives + 2.0);
        double low = 1.0 / (labels.Count - positives + 2.0);
        double slope = 1, offset = 0;
        for (int iteration = 0; iteration < MaxIterations; iteration++)
        {
            double g0 = 0, g1 = 0, h00 = 0, h01 = 0, h11 = 1e-6;
            for (int i = 0; i < logOdds.Count; i++)
            {
                double x = logOdds[i];
                double probability = Logistic.Probability((slope * x) + offset);
                double residual = probability - (labels[i] ? high : low);
                double weight = probability * (1 - probability);
                g0 += residual * x;
                g1 += residual;
                h00 += weight * x * x;
                h01 += weight * x;
                h11 += weight;
            }

            h00 += 1e-6;
            double determinant = (h00 * h11) - (h01 * h01);
            double slopeStep = ((h11 * g0) - (h01 * g1)) / determinant;
            double offsetStep = ((h00 * g1) - (h01 * g0)) / determinant;
            if (!double.IsFinite(slopeStep) || !double.IsFinite(offsetStep))
            {
                return (1, 0);
            }

            // Newton's steps are cut to 1: far from the minimum the curvature is too small to trust.
            slope -= Math.Clamp(slopeStep, -1, 1);
            offset -= Math.Clamp(offsetStep, -1, 1);
            if (Math.Abs(slopeStep) + Math.Abs(offsetStep) < 1e-9)
            {
                break;
            }
        }

        return slope > 0 ? (slope, offset) : (1, 0);
    }
}
