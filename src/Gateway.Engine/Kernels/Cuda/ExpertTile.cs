namespace Gateway.Engine.Kernels.Cuda;

/// <summary>What a block of the grouped product computes at a time, and how far it reads ahead. One kernel is compiled for each.</summary>
/// <param name="Rows">Rows of weights.</param>
/// <param name="Tokens">Tokens of one expert; each expert's tokens are padded to a multiple.</param>
/// <param name="Stages">Slices of 64 columns in shared memory; all but one (by warpgroups: two) are being read while one is multiplied.</param>
/// <param name="Warps">Warps of a block.</param>
/// <param name="ByWarpgroups">
/// Whether it takes Hopper's matrix instructions, for which four warps work together, on 64 tokens. Blocks stay for the whole product
/// then, one per multiprocessor.
/// </param>
internal sealed record ExpertTile(int Rows, int Tokens, int Stages, int Warps, bool ByWarpgroups = false)
{
    /// <summary>Columns per stage.</summary>
    private const int Depth = 64;

    /// <summary>What stages by warpgroups may need to start at a multiple of as many bytes.</summary>
    private const int Alignment = 1024;

    /// <summary>All that experts_grouped.cu has, by tokens, then by stages; then those of experts_grouped_hopper.cu.</summary>
    public static IReadOnlyList<ExpertTile> All { get; } =
    [
        new(128, 8, 4, 8), new(128, 8, 6, 8),
        new(128, 16, 4, 8), new(128, 16, 6, 8),
        new(128, 32, 4, 8),
        new(128, 64, 3, 8), new(128, 64, 4, 8),
        new(128, 128, 3, 4), new(128, 128, 3, 8),
        new(256, 128, 3, 8), new(256, 128, 4, 8),
        new(256, 128, 4, 8, true),
    ];

    /// <summary>Dynamic shared memory of a block, in bytes.</summary>
    public int SharedBytes => (Stages * (Rows + Tokens) * Depth * sizeof(ushort)) + (ByWarpgroups ? Alignment : 0);

    /// <summary>As kernels are named: <c>128x16x4x8</c> or <c>warpgroups_256x128x4x8</c>.</summary>
    public string Suffix => $"{(ByWarpgroups ? "warpgroups_" : "")}{Rows}x{Tokens}x{Stages}x{Warps}";

    /// <summary>The most tiles that so many choices can take, however they fall on the experts.</summary>
    public long MaxTiles(long choices, int experts) => (choices + (Math.Min(choices, experts) * (Tokens - 1))) / Tokens;

    /// <summary>Whether a device has the tile's instructions.</summary>
    public bool RunsOn(GpuProperties properties) => !ByWarpgroups || properties.ComputeMajor == 9;

    /// <summary>Whether it can multiply experts of these widths: by warpgroups, whole tiles of weights only.</summary>
    public bool Divides(int hiddenSize, int innerSize) => !ByWarpgroups || (hiddenSize % Rows == 0 && innerSize % (Rows / 2) == 0);

    /// <summary>
    /// The tile for so many tokens per expert on average: with few, one that leaves most experts with one tile, so that weights are
    /// read once; with many, the one that multiplies fastest on this device.
    /// </summary>
    public static ExpertTile For(GpuProperties properties, int tokens, int choices, in ExpertWeights weights)
    {
        var mean = (double)tokens * choices / weights.Experts;
        var byWarpgroups = new ExpertTile(256, 128, 4, 8, true);
        return mean switch
        {
            // As measured on an H200 with DeepSeek-V2-Lite's experts; see benchmarks/RESULTS.md.
            <= 12 => new(128, 32, 4, 8),
            <= 96 => new(128, 64, 4, 8),
            _ when byWarpgroups.RunsOn(properties) && byWarpgroups.Divides(weights.HiddenSize, weights.InnerSize) => byWarpgroups,
            _ => new(128, 128, 3, 4),
        };
    }
}
