using System.Buffers.Binary;

namespace Gateway.Engine.Kernels.Cpu.Blocks;

/// <summary>4-bit numbers that choose from 16 uneven steps (ggml-quants.c, dequantize_row_iq4_nl and iq4_xs).</summary>
internal static class UnevenBlocks
{
    private static ReadOnlySpan<sbyte> Steps => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <summary>d, then 16 bytes of two numbers: the low halves are the first 16 values.</summary>
    public static void IQ4_NL(ReadOnlySpan<byte> block, Span<float> values) => Decode(SimpleBlocks.Scale(block), block.Slice(2, 16), values);

    /// <summary>d; the high two bits of eight scales; their low four; then 16 bytes per 32 values as in <see cref="IQ4_NL"/>.</summary>
    public static void IQ4_XS(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = SimpleBlocks.Scale(block);
        var high = BinaryPrimitives.ReadUInt16LittleEndian(block[2..]);
        for (var group = 0; group < 8; group++)
        {
            var low = (block[4 + (group / 2)] >> (group % 2 * 4)) & 0xF;
            var scale = low | (((high >> (group * 2)) & 3) << 4);
            Decode(d * (scale - 32), block.Slice(8 + (group * 16), 16), values[(group * 32)..]);
        }
    }

    private static void Decode(float d, ReadOnlySpan<byte> pairs, Span<float> values)
    {
        for (var i = 0; i < pairs.Length; i++)
        {
            values[i] = d * Steps[pairs[i] & 0xF];
            values[i + pairs.Length] = d * Steps[pairs[i] >> 4];
        }
    }
}
