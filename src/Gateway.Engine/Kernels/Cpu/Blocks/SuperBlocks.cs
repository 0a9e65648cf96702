using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu.Blocks;

/// <summary>Blocks of 256 values whose scales are themselves whole numbers with a scale (ggml-quants.c, dequantize_row_q2_K to q6_K).</summary>
internal static class SuperBlocks
{
    private const int Size = 256;

    /// <summary>16 bytes of scale and minimum per 16 values; 64 bytes of four numbers, 32 values apart; d; dmin.</summary>
    public static void Q2_K(ReadOnlySpan<byte> block, Span<float> values)
    {
        var (d, dmin) = (SimpleBlocks.Scale(block[80..]), SimpleBlocks.Scale(block[82..]));
        for (var group = 0; group < 16; group++)
        {
            // Eight groups of 16 share 32 bytes: two groups per pair of bits.
            var numbers = block.Slice(16 + (group / 8 * 32) + (group % 2 * 16), 16);
            var shift = group % 8 / 2 * 2;
            var (scale, minimum) = (d * (block[group] & 0xF), dmin * (block[group] >> 4));
            for (var i = 0; i < 16; i++)
            {
                values[(group * 16) + i] = (scale * ((numbers[i] >> shift) & 3)) - minimum;
            }
        }
    }

    /// <summary>32 bytes of third bits; 64 bytes of four low halves, 32 values apart; 12 bytes of 6-bit scales; d.</summary>
    public static void Q3_K(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = SimpleBlocks.Scale(block[108..]);
        var packed = block.Slice(96, 12);
        for (var group = 0; group < 16; group++)
        {
            // The low four bits of scales 0 to 7 and 8 to 15 share the first eight bytes; the last four bytes hold the high two bits.
            var low = group < 8 ? packed[group] & 0xF : packed[group - 8] >> 4;
            var high = (packed[8 + (group % 4)] >> (group / 4 * 2)) & 3;
            var scale = d * ((low | (high << 4)) - 32);
            var numbers = block.Slice(32 + (group / 8 * 32) + (group % 2 * 16), 16);
            var thirdBits = block.Slice(group % 2 * 16, 16);
            var (shift, mask) = (group % 8 / 2 * 2, 1 << (group / 2));
            for (var i = 0; i < 16; i++)
            {
                values[(group * 16) + i] = scale * (((numbers[i] >> shift) & 3) - ((thirdBits[i] & mask) != 0 ? 0 : 4));
            }
        }
    }

    /// <summary>As <see cref="SuperBlockParts"/> reads it.</summary>
    public static void Q4_K(ReadOnlySpan<byte> block, Span<float> values) => DecodeParts(WeightFormat.Q4_K, block, values);

    /// <summary>As <see cref="SuperBlockParts"/> reads it.</summary>
    public static void Q5_K(ReadOnlySpan<byte> block, Span<float> values) => DecodeParts(WeightFormat.Q5_K, block, values);

    /// <summary>As <see cref="SuperBlockParts"/> reads it.</summary>
    public static void Q6_K(ReadOnlySpan<byte> block, Span<float> values)
    {
        var parts = new SuperBlockParts(WeightFormat.Q6_K, block, stackalloc byte[Size], stackalloc sbyte[SuperBlockParts.MaxScales], []);
        var d = (float)BitConverter.UInt16BitsToHalf(parts.Scale);
        for (var i = 0; i < Size; i++)
        {
            values[i] = d * parts.Scales[i / 16] * (parts.Numbers[i] - 32);
        }
    }

    private static void DecodeParts(WeightFormat format, ReadOnlySpan<byte> block, Span<float> values)
    {
        var parts = new SuperBlockParts(format, block, stackalloc byte[Size], stackalloc sbyte[Size / 32], stackalloc byte[Size / 32]);
        var (d, dmin) = ((float)BitConverter.UInt16BitsToHalf(parts.Scale), (float)BitConverter.UInt16BitsToHalf(parts.MinimumScale));
        for (var group = 0; group < Size / 32; group++)
        {
            var (dq, dm) = (d * parts.Scales[group], dmin * parts.Minima[group]);
            for (var i = group * 32; i < (group + 1) * 32; i++)
            {
                values[i] = (dq * parts.Numbers[i]) - dm;
            }
        }
    }
}
