namespace Gateway.Engine.Kernels.Cuda;

/// <summary>The splits of the launch at hand, worked out once for all layers of a step.</summary>
/// <param name="tuning">Decides.</param>
/// <param name="multiprocessors">Of the device.</param>
internal sealed class SplitPlan(AttentionTuning tuning, int multiprocessors)
{
    private (int Blocks, int MaxContext) _last;
    private int _splits;

    /// <summary>As <see cref="AttentionTuning.Splits"/>.</summary>
    public int For(int blocks, int maxContext)
    {
        if (_last != (blocks, maxContext))
        {
            (_last, _splits) = ((blocks, maxContext), tuning.Splits(blocks, maxContext, multiprocessors));
        }

        return _splits;
    }
}
