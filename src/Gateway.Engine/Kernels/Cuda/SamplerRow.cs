using System.Runtime.InteropServices;
using Gateway.Engine.Sampling;

namespace Gateway.Engine.Kernels.Cuda;

/// <summary>
/// How the token of one row of logits is chosen; of the layout that <c>sampling.cu</c> reads. The device moves
/// <see cref="Position"/> on and counts tokens, so that the next step needs nothing from the host.
/// </summary>
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

    /// <summary>Room in the table; ids that come when it is full stay uncounted.</summary>
    public int AdjustmentCapacity;

    public int TopK;

    /// <summary>Place in the sequence of the token that is drawn next.</summary>
    public int Position;

    /// <summary>0: the row is padding and nothing is drawn.</summary>
    public int IsActive;

    /// <summary>1: each token drawn is counted among the row's adjustments.</summary>
    public int RecordsTokens;

    /// <summary>Where the row's mask starts in the table of masks, in words; −1: all ids are allowed.</summary>
    public long FirstMaskWord;

    /// <summary>Whether tokens that were drawn change what is drawn after.</summary>
    public static bool DependsOnHistory(SamplingParameters parameters)
        => parameters.RepetitionPenalty != 1 || parameters.FrequencyPenalty != 0 || parameters.PresencePenalty != 0;

    public static SamplerRow Of(
        SamplingParameters parameters, long seed, int position, long firstAdjustment, int adjustmentCount, int adjustmentCapacity)
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
            AdjustmentCapacity = adjustmentCapacity,
            TopK = parameters.TopK,
            Position = position,
            IsActive = 1,
            RecordsTokens = DependsOnHistory(parameters) ? 1 : 0,
            FirstMaskWord = -1,
        };
}
