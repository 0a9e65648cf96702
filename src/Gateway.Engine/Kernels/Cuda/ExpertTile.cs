namespace Gateway.Engine.Kernels.Cuda;

/// <summary>What a block of the grouped product computes at a time, and how far it reads ahead. One kernel is compiled for each.</summary>
/// <param name="Rows">Rows of weights.</param>
/// <param name="Tokens">Tokens of one expert; each expert's tokens are padded to a multiple.</param>
/// <param name="Stages">Slices of 64 columns in shared memory; all but one are being read while one is multiplied.</param>
/// <param name="Warps">Warps of a block.</param>
internal sealed record ExpertTile(int Rows, int Tokens, int Stages, int Warps)
{
    /// <summary>Columns per stage.</summary>
    private const int Depth = 64;

    /// <summary>All that experts_grouped.cu has, by tokens, then by stages.</summary>
    public static IReadOnlyList<ExpertTile> All { get; } =
    [
        new(128, 8, 4, 8), new(128, 8, 6, 8),
        new(128, 16, 4, 8), new(128, 16, 6, 8),
        new(128, 32, 4, 8),
        new(128, 64, 3, 8), new(128, 64, 4, 8),
        new(128, 128, 3, 4), new(128, 128, 3, 8),
        new(256, 128, 3, 8), new(256, 128, 4, 8),
    ];

    /// <summary>Dynamic shared memory of a block, in bytes.</summary>
    public int SharedBytes => Stages * (Rows + Tokens) * Depth * sizeof(ushort);

    /// <summary>As kernels are named: <c>128x16x4x8</c>.</summary>
    public string Suffix => $"{Rows}x{Tokens}x{Stages}x{Warps}";

    /// <summary>The most tiles that so many choices can take, however they fall on the experts.</summary>
    public long MaxTiles(long choices, int experts) => (choices + (Math.Min(choices, experts) * (Tokens - 1))) / Tokens;

    /// <summary>
    /// The tile for so many tokens per expert on average: with few, as small as leaves most experts with one tile, so that weights
    /// are read once; with many, the one that multiplies fastest.
    /// </summary>
    public static ExpertTile For(int tokens, int choices, int experts)
    {
        var mean = (double)tokens * choices / experts;
        return mean switch
        {
            <= 3 => new(128, 8, 6, 8),
            <= 10 => new(128, 16, 4, 8),
            <= 24 => new(128, 32, 4, 8),
            <= 64 => new(128, 64, 4, 8),
            <= 192 => new(128, 128, 3, 4),
            _ => new(256, 128, 3, 8),
        };
    }
}
