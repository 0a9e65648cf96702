namespace Gateway.Engine.Models;

/// <summary>
/// YaRN context extension (Peng et al. 2023, arXiv:2309.00071) with DeepSeek's two magnitudes. It holds at every position, short
/// contexts included. Where a file is silent about magnitudes, they are those of the paper: 0.1 ln(factor) + 1 on cosines and sines.
/// </summary>
/// <param name="Factor">How many times longer the context is than the one trained on.</param>
/// <param name="OriginalContext">Context length of the original training, in tokens.</param>
/// <param name="BetaFast">Channels that turn more often than this over the original context keep their frequency.</param>
/// <param name="BetaSlow">Channels that turn less often than this are interpolated in full.</param>
/// <param name="Magnitude"><c>mscale</c>.</param>
/// <param name="MagnitudeAllDimensions"><c>mscale_all_dim</c>; 0 leaves the attention scores alone.</param>
internal sealed record YarnScaling(
    double Factor, int OriginalContext, double BetaFast, double BetaSlow, double Magnitude, double MagnitudeAllDimensions) : RopeScaling
{
    /// <summary>
    /// <c>attn_factor</c>: multiplies what the magnitudes give. R1-0528-Qwen3-8B has 1/(0.1 ln 4 + 1), so that nothing is left of them.
    /// </summary>
    public double AttentionFactor { get; init; } = 1;

    /// <summary><c>attention_factor</c>: stands in place of what the magnitudes give.</summary>
    public double? FixedMultiplier { get; init; }

    /// <summary>1 for all published DeepSeek checkpoints, whose two magnitudes are equal.</summary>
    public override double RotaryMultiplier => FixedMultiplier ?? (LogMagnitude(Magnitude) / LogMagnitude(MagnitudeAllDimensions) * AttentionFactor);

    /// <summary>Multiplies the softmax scale of latent attention: the square, because queries and keys both carry the magnitude.</summary>
    public double SoftmaxMultiplier => LogMagnitude(MagnitudeAllDimensions) * LogMagnitude(MagnitudeAllDimensions);

    private static string[] Known =>
        ["type", "rope_type", "factor", "original_max_position_embeddings", "beta_fast", "beta_slow", "mscale", "mscale_all_dim"];

    /// <param name="scaling">The object <c>rope_scaling</c>, or null.</param>
    /// <param name="furtherKeys">Keys that the family has beside DeepSeek's.</param>
    public static YarnScaling? Read(ConfigReader? scaling, params string[] furtherKeys)
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
            MagnitudeAllDimensions: scaling.Number("mscale_all_dim", 0, 100, 0))
        {
            AttentionFactor = scaling.Number("attn_factor", 1e-3, 1e3, 1),
            FixedMultiplier = scaling.IsPresent("attention_factor") ? scaling.Number("attention_factor", 1e-3, 1e3) : null,
        };

        // A key that is passed over would change every answer a little; it is better to say that it is not understood.
        foreach (var key in scaling.Keys.Except([.. Known, .. furtherKeys], StringComparer.Ordinal))
        {
            scaling.Error(key, "is not supported.");
        }

        return yarn;
    }

    /// <summary>Fast pairs keep their frequency, slow ones are interpolated, with a ramp between (YaRN, section 3.2).</summary>
    public override double Scale(double frequency, int pair, int dimension, double theta)
    {
        var low = Math.Max(Math.Floor(PairThatTurns(BetaFast)), 0);
        var high = Math.Min(Math.Ceiling(PairThatTurns(BetaSlow)), dimension - 1);
        var width = high > low ? high - low : 0.001;
        var kept = 1 - Math.Clamp((pair - low) / width, 0, 1);
        return (frequency * kept) + (frequency / Factor * (1 - kept));

        double PairThatTurns(double times) => dimension * Math.Log(OriginalContext / (times * 2 * Math.PI)) / (2 * Math.Log(theta));
    }

    private double LogMagnitude(double magnitude) => (0.1 * magnitude * Math.Log(Factor)) + 1;
}
