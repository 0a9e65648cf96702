using System.Runtime.InteropServices;

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

    /// <summary>d; dmin; 12 bytes of 6-bit scales and minima; 128 bytes of two numbers, 32 values apart.</summary>
    public static void Q4_K(ReadOnlySpan<byte> block, Span<float> values)
    {
        var (d, dmin) = (SimpleBlocks.Scale(block), SimpleBlocks.Scale(block[2..]));
        for (var group = 0; group < 8; group++)
        {
            var (scale, minimum) = ScaleAndMinimum(block.Slice(4, 12), group);
            var (dq, dm) = (d * scale, dmin * minimum);
            var numbers = block.Slice(16 + (group / 2 * 32), 32);
            var shift = group % 2 * 4;
            for (var i = 0; i < 32; i++)
            {
                values[(group * 32) + i] = (dq * ((numbers[i] >> shift) & 0xF)) - dm;
            }
        }
    }

    /// <summary>d; dmin; 12 bytes of 6-bit scales and minima; 32 bytes of fifth bits; then as in <see cref="Q4_K"/>.</summary>
    public static void Q5_K(ReadOnlySpan<byte> block, Span<float> values)
    {
        var (d, dmin) = (SimpleBlocks.Scale(block), SimpleBlocks.Scale(block[2..]));
        var fifthBits = block.Slice(16, 32);
        for (var group = 0; group < 8; group++)
        {
            var (scale, minimum) = ScaleAndMinimum(block.Slice(4, 12), group);
            var (dq, dm) = (d * scale, dmin * minimum);
            var numbers = block.Slice(48 + (group / 2 * 32), 32);
            var shift = group % 2 * 4;
            for (var i = 0; i < 32; i++)
            {
                var number = ((numbers[i] >> shift) & 0xF) | (((fifthBits[i] >> group) & 1) << 4);
                values[(group * 32) + i] = (dq * number) - dm;
            }
        }
    }

    /// <summary>128 bytes of low halves; 64 bytes of four high pairs of bits; 16 signed scales of 16 values; d.</summary>
    public static void Q6_K(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = SimpleBlocks.Scale(block[208..]);
        var scales = MemoryMarshal.Cast<byte, sbyte>(block.Slice(192, 16));
        for (var group = 0; group < Size / 32; group++)
        {
            // Of 128 values the low halves of the first 64 lie below those of the last 64; their high bits share 32 bytes.
            var (quarter, part) = (group % 4, group / 4);
            var low = block.Slice((part * 64) + (quarter % 2 * 32), 32);
            var high = block.Slice(128 + (part * 32), 32);
            for (var i = 0; i < 32; i++)
            {
                var number = (((low[i] >> (quarter / 2 * 4)) & 0xF) | (((high[i] >> (quarter * 2)) & 3) << 4)) - 32;
                values[(group * 32) + i] = d * scales[(group * 2) + (i / 16)] * number;
            }
        }
    }

    /// <summary>The first four of each take six bits of a byte of their own; the others are put together from what is left of it.</summary>
    private static (int Scale, int Minimum) ScaleAndMinimum(ReadOnlySpan<byte> packed, int group) => group < 4
        ? (packed[group] & 63, packed[group + 4] & 63)
        : ((packed[group + 4] & 0xF) | (packed[group - 4] >> 6 << 4), (packed[group + 4] >> 4) | (packed[group] >> 6 << 4));
}
