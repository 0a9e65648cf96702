namespace Gateway.Engine.Kernels.Cuda;

/// <summary>Which forms of the fast attention kernels are used, and how they cut contexts. Changes speed, and sums in their last bits.</summary>
internal sealed record AttentionTuning
{
    /// <summary>For <see cref="MlaKernels"/>.</summary>
    public static AttentionTuning Mla { get; } = new() { DecodeTile = "32x2", PrefillTile = "4x2x64", BlocksPerMultiprocessor = 2 };

    /// <summary>For <see cref="GroupedAttentionKernels"/>.</summary>
    public static AttentionTuning Grouped { get; } = new() { DecodeTile = "16x3", PrefillTile = "4x2x64", BlocksPerMultiprocessor = 2 };

    /// <summary>Tokens per tile x tiles in shared memory, as in the kernels' names: 32x4, 32x2, 64x2 (MLA); 16x3, 16x4 (grouped).</summary>
    public required string DecodeTile { get; init; }

    /// <summary>
    /// Warps x products of 16 queries per warp x keys per tile, as in the kernels' names: 4x2x64, 4x1x64; 4x2x32 except with heads of 64 channels;
    /// 8x1x64 (MLA).
    /// </summary>
    public required string PrefillTile { get; init; }

    /// <summary>Blocks of the decode kernel that run on a multiprocessor at once, by their shared memory. 1 or more.</summary>
    public required int BlocksPerMultiprocessor { get; init; }

    /// <summary>A split of a context has at least this many tokens. 1 or more.</summary>
    public int MinimumSplitTokens { get; init; } = 64;

    /// <summary>Most splits per context, 1 to 128.</summary>
    public int MaxSplits { get; init; } = 64;

    /// <summary>More splits are made only as long as the device does not have to work off more rounds of blocks than this. 1 or more.</summary>
    public int MaxRounds { get; init; } = 4;

    /// <summary>Queries that a block of the prefill kernel has.</summary>
    public int PrefillQueries => 16 * PrefillWarps * Number(PrefillTile, 1);

    /// <summary>Warps of a block of the prefill kernel.</summary>
    public int PrefillWarps => Number(PrefillTile, 0);

    /// <summary>Keys per tile of the prefill kernel.</summary>
    public int PrefillKeys => Number(PrefillTile, 2);

    /// <summary>Tokens per tile of the decode kernel.</summary>
    public int DecodeTokens => Number(DecodeTile, 0);

    /// <summary>Tiles that the decode kernel has in shared memory.</summary>
    public int DecodeStages => Number(DecodeTile, 1);

    /// <summary>The fewest splits that keep the multiprocessors nearly as busy as any number would: a last round that is half empty is lost time.</summary>
    /// <param name="blocks">Blocks that the launch has without splitting.</param>
    /// <param name="maxContext">Upper bound of the context lengths.</param>
    /// <param name="multiprocessors">Of the device.</param>
    public int Splits(int blocks, int maxContext, int multiprocessors)
    {
        const double NearlyAsBusy = 0.95;
        var atOnce = BlocksPerMultiprocessor * multiprocessors;
        var most = Math.Min(MaxSplits, (int)(((long)maxContext + MinimumSplitTokens - 1) / MinimumSplitTokens));
        most = Math.Clamp((int)((long)MaxRounds * atOnce / blocks), 1, Math.Max(most, 1));
        var best = Enumerable.Range(1, most).Max(Busy);
        return Enumerable.Range(1, most).First(splits => Busy(splits) >= NearlyAsBusy * best);

        double Busy(int splits)
        {
            var rounds = (double)blocks * splits / atOnce;
            return rounds / Math.Ceiling(rounds);
        }
    }

    /// <summary>Largest product of a number of tokens and the splits of each, for up to <paramref name="maxTokens"/> tokens of any context.</summary>
    /// <param name="maxTokens">Most tokens of a launch.</param>
    /// <param name="blocksPerToken">Blocks that a token has without splitting.</param>
    /// <param name="multiprocessors">Of the device.</param>
    public int MaxShares(int maxTokens, int blocksPerToken, int multiprocessors) =>
        Enumerable.Range(1, maxTokens).Max(tokens => tokens * Splits(tokens * blocksPerToken, int.MaxValue, multiprocessors));

    private static int Number(string tile, int index) => int.Parse(tile.Split('x')[index], System.Globalization.CultureInfo.InvariantCulture);
}
