namespace Gateway.Engine.Models;

/// <summary>
/// YaRN context extension (Peng et al. 2023, arXiv:2309.00071) with DeepSeek's two magnitudes. It holds at every position, short
/// contexts included.
/// </summary>
/// <param name="Factor">How many times longer the context is than the one trained on.</param>
/// <param name="OriginalContext">Context length of the original training, in tokens.</param>
/// <param name="BetaFast">Channels that turn more often than this over the original context keep their frequency.</param>
/// <param name="BetaSlow">Channels that turn less often than this are interpolated in full.</param>
/// <param name="Magnitude"><c>mscale</c>.</param>
/// <param name="MagnitudeAllDimensions"><c>mscale_all_dim</c>; 0 leaves the attention scores alone.</param>
internal sealed record YarnScaling(
    double Factor, int OriginalContext, double BetaFast, double BetaSlow, double Magnitude, double MagnitudeAllDimensions)
{
    /// <summary>Multiplies cosines and sines. 1 for all published DeepSeek checkpoints, whose two magnitudes are equal.</summary>
    public double RotaryMultiplier => LogMagnitude(Magnitude) / LogMagnitude(MagnitudeAllDimensions);

    /// <summary>Multiplies the softmax scale: the square, because queries and keys both carry the magnitude.</summary>
    public double SoftmaxMultiplier => LogMagnitude(MagnitudeAllDimensions) * LogMagnitude(MagnitudeAllDimensions);

    public static YarnScaling? Read(ConfigReader? scaling)
    {
        if (scaling is null)
        {
            return null;
        }

        if (!scaling.IsPresent("type") && !scaling.IsPresent("rope_type"))
        {
            scaling.Error("type", "is missing; only yarn is supported.");
        }

        scaling.Choice("type", "yarn", "yarn");
        scaling.Choice("rope_type", "yarn", "yarn");
        var yarn = new YarnScaling(
            Factor: scaling.Number("factor", 1, 10_000),
            OriginalContext: scaling.Integer("original_max_position_embeddings", 1, 1 << 24),
            BetaFast: scaling.Number("beta_fast", 1e-3, 1e6, 32),
            BetaSlow: scaling.Number("beta_slow", 1e-3, 1e6, 1),
            Magnitude: scaling.Number("mscale", 0, 100, 1),
            MagnitudeAllDimensions: scaling.Number("mscale_all_dim", 0, 100, 0));

        // A key that is passed over would change every answer a little; it is better to say that it is not understood.
        foreach (var key in scaling.Keys.Except(Known, StringComparer.Ordinal))
        {
            scaling.Error(key, "is not supported.");
        }

        return yarn;
    }

    private static string[] Known =>
        ["type", "rope_type", "factor", "original_max_position_embeddings", "beta_fast", "beta_slow", "mscale", "mscale_all_dim"];

    private double LogMagnitude(double magnitude) => (0.1 * magnitude * Math.Log(Factor)) + 1;
}
