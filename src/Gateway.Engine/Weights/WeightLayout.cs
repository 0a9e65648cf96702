namespace Gateway.Engine.Weights;

/// <summary>How a <see cref="WeightFormat"/> lies in memory. Rows consist of whole blocks; a format without blocks has blocks of one value.</summary>
/// <param name="Format">The format.</param>
/// <param name="Name">Its name in weight files.</param>
/// <param name="BlockSize">Values per block.</param>
/// <param name="BlockBytes">Bytes per block.</param>
/// <param name="ScaleOffsets">Where in a block its binary16 scales and minima lie; all else in a block is whole numbers.</param>
internal sealed record WeightLayout(WeightFormat Format, string Name, int BlockSize, int BlockBytes, params int[] ScaleOffsets)
{
    private static readonly WeightLayout[] All =
    [
        new(WeightFormat.Float32, "F32", 1, 4),
        new(WeightFormat.Float16, "F16", 1, 2),
        new(WeightFormat.BFloat16, "BF16", 1, 2),
        new(WeightFormat.Float8E4M3, "F8_E4M3", 1, 1),
        new(WeightFormat.Q4_0, "Q4_0", 32, 18, 0),
        new(WeightFormat.Q4_1, "Q4_1", 32, 20, 0, 2),
        new(WeightFormat.Q5_0, "Q5_0", 32, 22, 0),
        new(WeightFormat.Q5_1, "Q5_1", 32, 24, 0, 2),
        new(WeightFormat.Q8_0, "Q8_0", 32, 34, 0),
        new(WeightFormat.Q2_K, "Q2_K", 256, 84, 80, 82),
        new(WeightFormat.Q3_K, "Q3_K", 256, 110, 108),
        new(WeightFormat.Q4_K, "Q4_K", 256, 144, 0, 2),
        new(WeightFormat.Q5_K, "Q5_K", 256, 176, 0, 2),
        new(WeightFormat.Q6_K, "Q6_K", 256, 210, 208),
        new(WeightFormat.IQ4_NL, "IQ4_NL", 32, 18, 0),
        new(WeightFormat.IQ4_XS, "IQ4_XS", 256, 136, 0),
    ];

    /// <summary>Bits per value, scales included.</summary>
    public double BitsPerWeight => BlockBytes * 8.0 / BlockSize;

    /// <summary>Whether several values share a scale in the same bytes.</summary>
    public bool HasBlocks => BlockSize > 1;

    public static WeightLayout Of(WeightFormat format) => All[(int)format];

    /// <summary>The layout of an element type as weight files name it, or null for one whose values cannot be weights here.</summary>
    public static WeightLayout? Find(string name) => Array.Find(All, layout => layout.Name == name);

    /// <summary>Bytes of a row of that many values, a multiple of <see cref="BlockSize"/>.</summary>
    public long RowBytes(long columns) => columns / BlockSize * BlockBytes;
}
