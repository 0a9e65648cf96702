using System.Runtime.InteropServices;
using Gateway.Engine.Sampling;

namespace Gateway.Engine.Kernels.Cuda;

/// <summary>How the token of one row of logits is chosen; of the layout that <c>sampling.cu</c> reads.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SamplerRow
{
    public double Temperature;

    public double MinP;

    public double TopP;

    public double RepetitionPenalty;

    public double FrequencyPenalty;

    public double PresencePenalty;

    public long Seed;

    /// <summary>Where the row's adjustments start in the table of all rows.</summary>
    public long FirstAdjustment;

    public int AdjustmentCount;

    public int TopK;

    /// <summary>Place in the sequence of the token that is drawn next.</summary>
    public int Position;

    /// <summary>
    /// The row of the step before whose token is to be counted among the adjustments first, behind which there is room for one more then; −1: none is.
    /// </summary>
    public int PreviousRow;

    /// <summary>Where the row's mask starts in the table of masks, in words; −1: all ids are allowed.</summary>
    public long FirstMaskWord;

    /// <summary>Whether tokens that were drawn change what is drawn after.</summary>
    public static bool DependsOnHistory(SamplingParameters parameters)
        => parameters.RepetitionPenalty != 1 || parameters.FrequencyPenalty != 0 || parameters.PresencePenalty != 0;

    /// <summary>Whether all of a row's probabilities have to be added up to draw: for top-p, unless few are left by top-k or the best is taken.</summary>
    public static bool IsWeighed(SamplingParameters parameters, int vocabulary)
        => parameters.Temperature != 0 && parameters.TopP < 1 && !(parameters.TopK > 0 && parameters.TopK < vocabulary);

    public static SamplerRow Of(SamplingParameters parameters, long seed, int position, long firstAdjustment, int adjustmentCount)
        => new()
        {
            Temperature = parameters.Temperature,
            MinP = parameters.MinP,
            TopP = parameters.TopP,
            RepetitionPenalty = parameters.RepetitionPenalty,
            FrequencyPenalty = parameters.FrequencyPenalty,
            PresencePenalty = parameters.PresencePenalty,
            Seed = seed,
            FirstAdjustment = firstAdjustment,
            AdjustmentCount = adjustmentCount,
            TopK = parameters.TopK,
            Position = position,
            PreviousRow = -1,
            FirstMaskWord = -1,
        };
}
