using System.Buffers.Binary;
using System.Numerics.Tensors;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Synthesis;

/// <summary>
/// float32 to blocks of 256 whose scales are scaled themselves (ggml-common.h). Each scale is what the extremes of its values ask for,
/// without llama.cpp's search for a better one: right for benchmarks, not for the quality of a trained model.
/// </summary>
internal static class SuperBlockEncoder
{
    private const int BlockSize = 256;

    /// <param name="format"><see cref="WeightFormat.Q4_K"/> or <see cref="WeightFormat.Q6_K"/>.</param>
    /// <param name="values">Finite; a multiple of 256.</param>
    /// <param name="blocks">Receives the blocks.</param>
    public static void Encode(WeightFormat format, ReadOnlySpan<float> values, Span<byte> blocks)
    {
        var bytes = WeightLayout.Of(format).BlockBytes;
        for (var i = 0; i < values.Length / BlockSize; i++)
        {
            var source = values.Slice(i * BlockSize, BlockSize);
            var block = blocks.Slice(i * bytes, bytes);
            block.Clear();
            switch (format)
            {
                case WeightFormat.Q4_K: EncodeQ4_K(source, block); break;
                case WeightFormat.Q6_K: EncodeQ6_K(source, block); break;
                default: throw new ArgumentOutOfRangeException(nameof(format), format, "This is no format with scaled scales that can be written.");
            }
        }
    }

    /// <summary>Eight parts of 32 values: value = d · scale · number − dmin · minimum.</summary>
    private static void EncodeQ4_K(ReadOnlySpan<float> values, Span<byte> block)
    {
        const int Part = 32;
        Span<float> steps = stackalloc float[BlockSize / Part];
        Span<float> minima = stackalloc float[BlockSize / Part];
        for (var part = 0; part < steps.Length; part++)
        {
            var of = values.Slice(part * Part, Part);
            minima[part] = -Math.Min(0, TensorPrimitives.Min(of));
            steps[part] = (TensorPrimitives.Max(of) + minima[part]) / 15;
        }

        var (d, dmin) = ((Half)(TensorPrimitives.Max(steps) / 63), (Half)(TensorPrimitives.Max(minima) / 63));
        BinaryPrimitives.WriteHalfLittleEndian(block, d);
        BinaryPrimitives.WriteHalfLittleEndian(block[2..], dmin);
        for (var part = 0; part < steps.Length; part++)
        {
            var scale = Number(steps[part], (float)d, 63);
            var minimum = Number(minima[part], (float)dmin, 63);
            WriteScales(block.Slice(4, 12), part, scale, minimum);
            for (var i = 0; i < Part; i++)
            {
                // Two parts share their bytes: the first has the lower halves.
                var number = Number(values[(part * Part) + i] + ((float)dmin * minimum), (float)d * scale, 15);
                block[16 + (part / 2 * Part) + i] |= (byte)(part % 2 == 0 ? number : number << 4);
            }
        }
    }

    /// <summary>6 bits each: the first four of both whole, the upper two bits of the others above them.</summary>
    private static void WriteScales(Span<byte> packed, int part, int scale, int minimum)
    {
        if (part < 4)
        {
            packed[part] |= (byte)scale;
            packed[part + 4] |= (byte)minimum;
        }
        else
        {
            packed[part + 4] = (byte)((scale & 15) | ((minimum & 15) << 4));
            packed[part - 4] |= (byte)(scale >> 4 << 6);
            packed[part] |= (byte)(minimum >> 4 << 6);
        }
    }

    /// <summary>Sixteen parts of 16 values: value = d · scale · (number − 32).</summary>
    private static void EncodeQ6_K(ReadOnlySpan<float> values, Span<byte> block)
    {
        const int Part = 16;
        const int Offset = 32;
        Span<float> steps = stackalloc float[BlockSize / Part];
        for (var part = 0; part < steps.Length; part++)
        {
            // The value of largest magnitude becomes -32, whatever its sign: the side that has one step more.
            var of = values.Slice(part * Part, Part);
            steps[part] = of[TensorPrimitives.IndexOfMaxMagnitude(of)] / -Offset;
        }

        var d = (Half)(MathF.Abs(TensorPrimitives.MaxMagnitude(steps)) / 127);
        BinaryPrimitives.WriteHalfLittleEndian(block[208..], d);
        for (var part = 0; part < steps.Length; part++)
        {
            var scale = (float)d == 0 ? 0 : Math.Clamp((int)MathF.Round(steps[part] / (float)d), -127, 127);
            block[192 + part] = (byte)(sbyte)scale;
            for (var i = 0; i < Part; i++)
            {
                // 128 values share 64 bytes of lower halves, and 32 of upper two bits.
                var place = (part * Part) + i;
                var step = (float)d * scale;
                var number = step == 0 ? Offset : Math.Clamp((int)MathF.Round(values[place] / step) + Offset, 0, 63);
                var (half, quarter, column) = (place / 128, place % 128 / 32, place % 32);
                block[(half * 64) + (quarter % 2 * 32) + column] |= (byte)((number & 15) << (quarter / 2 * 4));
                block[128 + (half * 32) + column] |= (byte)(number >> 4 << (quarter * 2));
            }
        }
    }

    private static int Number(float value, float step, int max) => step == 0 ? 0 : Math.Clamp((int)MathF.Round(value / step), 0, max);
}
