namespace Gateway.Engine.Kernels.Cuda;

/// <summary>How the fast kernels cut the context of tokens that attend to the paged cache. Changes speed, and sums in their last bits.</summary>
internal sealed record DecodeTuning
{
    /// <summary>Which of the compiled tile shapes is used, by its name in the kernel, e.g. <c>32x4</c>: tokens per tile x tiles in shared memory.</summary>
    public string Tile { get; init; } = "32x4";

    /// <summary>A split takes at least this many tokens of context. 1 or more.</summary>
    public int MinimumSplitTokens { get; init; } = 64;

    /// <summary>Splits are made until there are this many blocks per multiprocessor. Above 0.</summary>
    public double BlocksPerMultiprocessor { get; init; } = 1;

    /// <summary>Most splits per sequence, 1 to 128.</summary>
    public int MaxSplits { get; init; } = 64;

    /// <summary>Number of splits for a launch.</summary>
    /// <param name="blocks">Blocks that the launch has without splitting.</param>
    /// <param name="maxContext">Upper bound of the context lengths.</param>
    /// <param name="multiprocessors">Of the device.</param>
    public int Splits(int blocks, int maxContext, int multiprocessors)
    {
        var wanted = (int)Math.Ceiling(BlocksPerMultiprocessor * multiprocessors / Math.Max(blocks, 1));
        var useful = (maxContext + MinimumSplitTokens - 1) / MinimumSplitTokens;
        return Math.Clamp(Math.Min(wanted, useful), 1, MaxSplits);
    }
}
