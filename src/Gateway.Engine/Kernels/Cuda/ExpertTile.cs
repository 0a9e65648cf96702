namespace Gateway.Engine.Kernels.Cuda;

/// <summary>What a block of the grouped product computes at a time, and how far it reads ahead. One kernel is compiled for each.</summary>
/// <param name="Rows">Rows of weights.</param>
/// <param name="Tokens">Tokens of one expert; each expert's tokens are padded to a multiple.</param>
/// <param name="Stages">Slices of 128 bytes of each row of weights in shared memory; all but one (by warpgroups: two) are being read while one is multiplied.</param>
/// <param name="Warps">Warps of a block.</param>
/// <param name="ByWarpgroups">
/// Whether it takes Hopper's matrix instructions, for which four warps work together, on 64 tokens. Blocks stay for the whole product
/// then, one per multiprocessor.
/// </param>
/// <param name="IsFloat8">Whether weights are in 8-bit floating point. Slices have 128 columns then, as many as share a scale.</param>
internal sealed record ExpertTile(int Rows, int Tokens, int Stages, int Warps, bool ByWarpgroups = false, bool IsFloat8 = false)
{
    // Of a row of weights per stage, whatever their type.
    private const int RowBytes = 128;

    /// <summary>What stages by warpgroups may need to start at a multiple of as many bytes.</summary>
    private const int Alignment = 1024;

    /// <summary>All for weights in bfloat16, that is what experts_grouped.cu has, by tokens, then by stages; then those of experts_grouped_hopper.cu.</summary>
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

    /// <summary>
    /// All for weights in 8-bit floating point, which grouped_fp8.cu has, by tokens: as many tokens as <see cref="For"/> chooses among. A
    /// warp keeps each slice's sums apart until they take their scale, so with 128 tokens it does half as many rows as in bfloat16.
    /// </summary>
    public static IReadOnlyList<ExpertTile> Float8 { get; } =
    [
        new(128, 32, 4, 8, IsFloat8: true), new(128, 64, 3, 8, IsFloat8: true), new(128, 128, 2, 8, IsFloat8: true),
    ];

    /// <summary>Dynamic shared memory of a block, in bytes.</summary>
    public int SharedBytes => (Stages * (Rows + (IsFloat8 ? 2 * Tokens : Tokens)) * RowBytes) + (ByWarpgroups ? Alignment : 0);

    /// <summary>As kernels are named: <c>128x16x4x8_bf16</c>, <c>warpgroups_256x128x4x8_bf16</c> or <c>128x32x4x8_fp8</c>.</summary>
    public string Suffix => $"{(ByWarpgroups ? "warpgroups_" : "")}{Rows}x{Tokens}x{Stages}x{Warps}_{(IsFloat8 ? "fp8" : "bf16")}";

    /// <summary>The most tiles that so many choices can take, however they fall on the experts.</summary>
    public long MaxTiles(long choices, int experts) => (choices + (Math.Min(choices, experts) * (Tokens - 1))) / Tokens;

    /// <summary>The tile of as many tokens for weights of that type, or null when there is none.</summary>
    public ExpertTile? OfType(in DeviceMatrix matrix) =>
        !matrix.IsFloat8 ? this : !ByWarpgroups && Float8For(Tokens) is { } tile && tile.Tokens == Tokens ? tile : null;

    /// <summary>The tile of 8-bit weights for so many tokens of one matrix: the least that has room for them, or else the largest.</summary>
    public static ExpertTile Float8For(int tokens) => tokens <= Float8[0].Tokens ? Float8[0] : tokens <= Float8[1].Tokens ? Float8[1] : Float8[2];

    /// <summary>Whether a device has the tile's instructions.</summary>
    public bool RunsOn(GpuProperties properties) => !ByWarpgroups || properties.ComputeMajor == 9;

    /// <summary>Whether it can multiply experts of these widths: by warpgroups, whole tiles of weights only.</summary>
    public bool Divides(int hiddenSize, int innerSize) => !ByWarpgroups || (hiddenSize % Rows == 0 && innerSize % (Rows / 2) == 0);

    /// <summary>
    /// The tile for so many tokens per expert on average: with few, one that leaves most experts with one tile, so that weights are
    /// read once; with many, the one that multiplies fastest on this device. It is one for bfloat16; see <see cref="OfType"/>.
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
            _ when !weights.HasFloat8 && byWarpgroups.RunsOn(properties) && byWarpgroups.Divides(weights.HiddenSize, weights.InnerSize) => byWarpgroups,
            _ => new(128, 128, 3, 4),
        };
    }
}
