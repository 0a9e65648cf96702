namespace Gateway.Engine.Models;

/// <summary>
/// The scaling of Llama 3.1 (rope type <c>llama3</c> of Hugging Face's transformers, <c>_compute_llama3_parameters</c>): slow pairs are
/// interpolated in full, fast ones not at all, those between by a ramp over the number of turns.
/// </summary>
/// <param name="Factor">How many times longer the context is than the one trained on.</param>
/// <param name="LowFrequencyFactor">Pairs that turn less often than this over the original context are interpolated in full.</param>
/// <param name="HighFrequencyFactor">Pairs that turn more often than this keep their frequency; larger than the other.</param>
/// <param name="OriginalContext">Context length of the original training, in tokens.</param>
internal sealed record Llama3Scaling(double Factor, double LowFrequencyFactor, double HighFrequencyFactor, int OriginalContext) : RopeScaling
{
    public override double Scale(double frequency, int pair, int dimension, double theta)
    {
        var turns = OriginalContext * frequency / (2 * Math.PI);
        var kept = Math.Clamp((turns - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor), 0, 1);
        return (frequency * kept) + (frequency / Factor * (1 - kept));
    }
}
