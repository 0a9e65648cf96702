namespace Gateway.Routing.Difficulty;

/// <summary>Brings each dense feature to mean 0 and deviation 1 over the training prompts of a form, cut at ±4 so that no outlier decides alone.</summary>
/// <param name="Means">By feature.</param>
/// <param name="InverseDeviations">By feature; 0 for a feature that never varies.</param>
internal sealed record DenseScaler(float[] Means, float[] InverseDeviations)
{
    private const float Limit = 4;

    public void Apply(ReadOnlySpan<float> dense, Span<float> standardised)
    {
        for (int i = 0; i < dense.Length; i++)
        {
            standardised[i] = Math.Clamp((dense[i] - Means[i]) * InverseDeviations[i], -Limit, Limit);
        }
    }

    /// <param name="rows">The dense features of the prompts of one form; may be empty.</param>
    public static DenseScaler Fit(IReadOnlyList<float[]> rows, int features)
    {
        var means = new float[features];
        var inverseDeviations = new float[features];
        for (int feature = 0; feature < features && rows.Count > 0; feature++)
        {
            double mean = rows.Average(row => (double)row[feature]);
            double variance = rows.Average(row => (row[feature] - mean) * (row[feature] - mean));
            means[feature] = (float)mean;
            inverseDeviations[feature] = variance > 1e-9 ? (float)(1 / Math.Sqrt(variance)) : 0;
        }

        return new DenseScaler(means, inverseDeviations);
    }
}
