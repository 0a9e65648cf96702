using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu.Blocks;

/// <summary>
/// Block formats to float32, bit for bit as ggml's reference code does it. The order of operations is part of the format: each product
/// is rounded before anything is added to it, and a fused multiply-add would change last bits.
/// </summary>
internal static class BlockDecoder
{
    /// <param name="format">A format with blocks.</param>
    /// <param name="blocks">Whole blocks.</param>
    /// <param name="values">Receives the values of all of them.</param>
    public static void Decode(WeightFormat format, ReadOnlySpan<byte> blocks, Span<float> values)
    {
        var layout = WeightLayout.Of(format);
        var decode = DecoderOf(format);
        var count = blocks.Length / layout.BlockBytes;
        for (var i = 0; i < count; i++)
        {
            decode(blocks.Slice(i * layout.BlockBytes, layout.BlockBytes), values.Slice(i * layout.BlockSize, layout.BlockSize));
        }
    }

    private static DecodeBlock DecoderOf(WeightFormat format) => format switch
    {
        WeightFormat.Q4_0 => SimpleBlocks.Q4_0,
        WeightFormat.Q4_1 => SimpleBlocks.Q4_1,
        WeightFormat.Q5_0 => SimpleBlocks.Q5_0,
        WeightFormat.Q5_1 => SimpleBlocks.Q5_1,
        WeightFormat.Q8_0 => SimpleBlocks.Q8_0,
        WeightFormat.Q2_K => SuperBlocks.Q2_K,
        WeightFormat.Q3_K => SuperBlocks.Q3_K,
        WeightFormat.Q4_K => SuperBlocks.Q4_K,
        WeightFormat.Q5_K => SuperBlocks.Q5_K,
        WeightFormat.Q6_K => SuperBlocks.Q6_K,
        WeightFormat.IQ4_NL => UnevenBlocks.IQ4_NL,
        WeightFormat.IQ4_XS => UnevenBlocks.IQ4_XS,
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "This format has no blocks."),
    };

    private delegate void DecodeBlock(ReadOnlySpan<byte> block, Span<float> values);
}
