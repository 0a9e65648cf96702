using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu.Blocks;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Synthesis;

/// <summary>float32 to the forms that weight files hold.</summary>
internal static class RowEncoder
{
    /// <summary>The formats that can be written.</summary>
    public static IReadOnlyList<WeightFormat> Formats { get; } =
    [
        WeightFormat.Float32, WeightFormat.Float16, WeightFormat.BFloat16, WeightFormat.Q8_0, WeightFormat.Q4_0, WeightFormat.Q4_K, WeightFormat.Q6_K,
    ];

    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="values">Finite; whole blocks.</param>
    /// <param name="bytes">Receives them.</param>
    public static void Encode(WeightFormat format, ReadOnlySpan<float> values, Span<byte> bytes)
    {
        switch (format)
        {
            case WeightFormat.Float32:
                MemoryMarshal.AsBytes(values).CopyTo(bytes);
                break;
            case WeightFormat.Float16:
                TensorPrimitives.ConvertToHalf(values, MemoryMarshal.Cast<byte, Half>(bytes));
                break;
            case WeightFormat.BFloat16:
                EncodeBFloat16(values, MemoryMarshal.Cast<byte, ushort>(bytes));
                break;
            case WeightFormat.Q4_K or WeightFormat.Q6_K:
                SuperBlockEncoder.Encode(format, values, bytes);
                break;
            default:
                BlockEncoder.Encode(format, values, bytes);
                break;
        }
    }

    /// <summary>To the nearest, ties to even.</summary>
    private static void EncodeBFloat16(ReadOnlySpan<float> values, Span<ushort> bits)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var single = BitConverter.SingleToUInt32Bits(values[i]);
            bits[i] = (ushort)((single + 0x7FFF + ((single >> 16) & 1)) >> 16);
        }
    }
}
