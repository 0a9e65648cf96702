using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu.Blocks;

/// <summary>Blocks of 32 values with one scale: <c>d·q</c>, or with a minimum: <c>d·q + m</c> (ggml-quants.c, dequantize_row_q4_0 to q8_0).</summary>
internal static class SimpleBlocks
{
    private const int Half = 16;

    /// <summary>d, then 16 bytes of two numbers from -8 to 7: the low halves are the first 16 values.</summary>
    public static void Q4_0(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = Scale(block);
        for (var i = 0; i < Half; i++)
        {
            var pair = block[2 + i];
            values[i] = ((pair & 0xF) - 8) * d;
            values[i + Half] = ((pair >> 4) - 8) * d;
        }
    }

    /// <summary>d, m, then 16 bytes of two numbers from 0 to 15.</summary>
    public static void Q4_1(ReadOnlySpan<byte> block, Span<float> values)
    {
        var (d, m) = (Scale(block), Scale(block[2..]));
        for (var i = 0; i < Half; i++)
        {
            var pair = block[4 + i];
            values[i] = ((pair & 0xF) * d) + m;
            values[i + Half] = ((pair >> 4) * d) + m;
        }
    }

    /// <summary>d, the fifth bits of all 32 numbers, then as in <see cref="Q4_0"/>.</summary>
    public static void Q5_0(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = Scale(block);
        var high = BinaryPrimitives.ReadUInt32LittleEndian(block[2..]);
        for (var i = 0; i < Half; i++)
        {
            var pair = block[6 + i];
            values[i] = (((pair & 0xF) | FifthBit(high, i)) - 16) * d;
            values[i + Half] = (((pair >> 4) | FifthBit(high, i + Half)) - 16) * d;
        }
    }

    /// <summary>d, m, the fifth bits of all 32 numbers, then as in <see cref="Q4_1"/>.</summary>
    public static void Q5_1(ReadOnlySpan<byte> block, Span<float> values)
    {
        var (d, m) = (Scale(block), Scale(block[2..]));
        var high = BinaryPrimitives.ReadUInt32LittleEndian(block[4..]);
        for (var i = 0; i < Half; i++)
        {
            var pair = block[8 + i];
            values[i] = (((pair & 0xF) | FifthBit(high, i)) * d) + m;
            values[i + Half] = (((pair >> 4) | FifthBit(high, i + Half)) * d) + m;
        }
    }

    /// <summary>d, then 32 numbers from -128 to 127.</summary>
    public static void Q8_0(ReadOnlySpan<byte> block, Span<float> values)
    {
        var d = Vector512.Create(Scale(block));
        var numbers = MemoryMarshal.Cast<byte, sbyte>(block.Slice(2, 32));
        ref var target = ref MemoryMarshal.GetReference(values[..32]);
        for (var i = 0; i < 2; i++)
        {
            var (lower, upper) = Vector256.Widen(Vector256.WidenLower(Vector256.Create(Vector128.Create(numbers[(i * Half)..]), default)));
            (Vector512.ConvertToSingle(Vector512.Create(lower, upper)) * d).StoreUnsafe(ref target, (nuint)(i * Half));
        }
    }

    /// <summary>The binary16 number at the beginning.</summary>
    public static float Scale(ReadOnlySpan<byte> bytes) => (float)BinaryPrimitives.ReadHalfLittleEndian(bytes);

    private static int FifthBit(uint high, int index) => (int)((high >> index) & 1) << 4;
}
