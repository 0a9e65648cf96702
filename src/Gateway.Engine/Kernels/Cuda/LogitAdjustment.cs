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

    /// <summary>The adjustments that a row starts with: each id once. None where neither biases nor penalties are set.</summary>
    public static List<LogitAdjustment> Of(SamplingParameters parameters, TokenHistory history)
    {
        var counts = new Dictionary<int, int>();
        if (parameters.RepetitionPenalty != 1)
        {
            foreach (var id in history.Seen)
            {
                counts[id] = 0;
            }
        }

        if (SamplerRow.DependsOnHistory(parameters))
        {
            foreach (var (id, count) in history.Generated)
            {
                counts[id] = count;
            }
        }

        var adjustments = new List<LogitAdjustment>(counts.Count + parameters.LogitBias.Count);
        foreach (var (id, count) in counts)
        {
            adjustments.Add(new LogitAdjustment { Id = id, Count = count, Bias = parameters.LogitBias.GetValueOrDefault(id) });
        }

        foreach (var (id, bias) in parameters.LogitBias)
        {
            if (!counts.ContainsKey(id))
            {
                adjustments.Add(new LogitAdjustment { Id = id, Count = Unseen, Bias = bias });
            }
        }

        return adjustments;
    }
}
