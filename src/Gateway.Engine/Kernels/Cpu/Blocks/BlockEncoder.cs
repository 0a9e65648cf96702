using System.Buffers.Binary;
using System.Numerics.Tensors;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu.Blocks;

/// <summary>float32 to the block formats that the engine quantises to, with the rules of ggml's reference code.</summary>
internal static class BlockEncoder
{
    /// <param name="format"><see cref="WeightFormat.Q8_0"/> or <see cref="WeightFormat.Q4_0"/>.</param>
    /// <param name="values">Finite; a multiple of 32.</param>
    /// <param name="blocks">Receives the blocks.</param>
    public static void Encode(WeightFormat format, ReadOnlySpan<float> values, Span<byte> blocks)
    {
        var layout = WeightLayout.Of(format);
        for (var i = 0; i < values.Length / layout.BlockSize; i++)
        {
            var source = values.Slice(i * layout.BlockSize, layout.BlockSize);
            var block = blocks.Slice(i * layout.BlockBytes, layout.BlockBytes);
            switch (format)
            {
                case WeightFormat.Q8_0: EncodeQ8_0(source, block); break;
                case WeightFormat.Q4_0: EncodeQ4_0(source, block); break;
                default: throw new ArgumentOutOfRangeException(nameof(format), format, "The engine does not quantise to this format.");
            }
        }
    }

    /// <summary>The largest value becomes ±127.</summary>
    private static void EncodeQ8_0(ReadOnlySpan<float> values, Span<byte> block)
    {
        var d = MathF.Abs(TensorPrimitives.MaxMagnitude(values)) / 127;
        var inverse = d == 0 ? 0 : 1 / d;
        WriteScale(block, d);
        for (var i = 0; i < values.Length; i++)
        {
            block[2 + i] = (byte)(sbyte)MathF.Round(values[i] * inverse, MidpointRounding.AwayFromZero);
        }
    }

    /// <summary>The value of largest magnitude becomes -8, whatever its sign: the side that has one step more.</summary>
    private static void EncodeQ4_0(ReadOnlySpan<float> values, Span<byte> block)
    {
        var d = values[TensorPrimitives.IndexOfMaxMagnitude(values)] / -8;
        var inverse = d == 0 ? 0 : 1 / d;
        WriteScale(block, d);
        for (var i = 0; i < 16; i++)
        {
            block[2 + i] = (byte)(Number(values[i] * inverse) | (Number(values[i + 16] * inverse) << 4));
        }

        static int Number(float scaled) => Math.Clamp((int)(scaled + 8.5f), 0, 15);
    }

    private static void WriteScale(Span<byte> block, float d)
    {
        // A scale beyond binary16 would turn a whole block into infinities.
        var largest = (float)Half.MaxValue;
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)Math.Clamp(d, -largest, largest));
    }
}
