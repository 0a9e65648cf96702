using System.Runtime.InteropServices;
using Gateway.Engine.Sampling;

namespace Gateway.Engine.Kernels.Cuda;

/// <summary>What is special about one id in one row of logits; of the layout that <c>sampling.cu</c> reads.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LogitAdjustment
{
    /// <summary>Not seen so far: the id has a bias alone.</summary>
    private const int Unseen = -1;

    /// <summary>The device's own.</summary>
    public double Score;

    public int Id;

    /// <summary>How often the id occurs in the answer; 0 where only in the prompt, −1 where nowhere.</summary>
    public int Count;

    public float Bias;

    /// <summary>The device's own.</summary>
    public float Logit;

    /// <summary>Adds the adjustments that a row starts with: each id once. None where neither biases nor penalties are set.</summary>
    public static void Add(SamplingParameters parameters, TokenHistory history, List<LogitAdjustment> adjustments)
    {
        if (SamplerRow.DependsOnHistory(parameters))
        {
            foreach (var id in history.Seen)
            {
                if (Counts(id))
                {
                    adjustments.Add(new LogitAdjustment { Id = id, Count = history.TimesGenerated(id), Bias = parameters.LogitBias.GetValueOrDefault(id) });
                }
            }
        }

        foreach (var (id, bias) in parameters.Biases)
        {
            if (!SamplerRow.DependsOnHistory(parameters) || !Counts(id))
            {
                adjustments.Add(new LogitAdjustment { Id = id, Count = Unseen, Bias = bias });
            }
        }

        // What occurs in the prompt alone matters to the repetition penalty alone.
        bool Counts(int id) => history.HasSeen(id) && (parameters.RepetitionPenalty != 1 || history.TimesGenerated(id) > 0);
    }
}
