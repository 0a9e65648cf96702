using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Gateway.Engine.Weights;

/// <summary>
/// Finds NaN and infinity: in every IEEE format these are the numbers whose exponent bits are all ones. One such weight would
/// silently turn every answer into nonsense.
/// </summary>
internal static class FiniteCheck
{
    private const uint SingleExponent = 0x7F80_0000;
    private const ushort HalfExponent = 0x7C00;
    private const ushort BFloat16Exponent = 0x7F80;

    public static bool AllFinite(ReadOnlySpan<float> values) => NoneFilled(MemoryMarshal.Cast<float, uint>(values), SingleExponent);

    public static bool AllFinite(ReadOnlySpan<ushort> bits, WeightFormat format) =>
        NoneFilled(bits, format == WeightFormat.Float16 ? HalfExponent : BFloat16Exponent);

    /// <summary>Of blocks only the scales and minima can be anything but whole numbers.</summary>
    public static bool AllFinite(ReadOnlySpan<byte> blocks, WeightLayout layout)
    {
        for (var block = 0; block < blocks.Length; block += layout.BlockBytes)
        {
            foreach (var offset in layout.ScaleOffsets)
            {
                if ((BinaryPrimitives.ReadUInt16LittleEndian(blocks[(block + offset)..]) & HalfExponent) == HalfExponent)
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static bool NoneFilled<T>(ReadOnlySpan<T> bits, T exponent)
        where T : unmanaged, IBinaryInteger<T>
    {
        var mask = new Vector<T>(exponent);
        var index = 0;
        for (; index <= bits.Length - Vector<T>.Count; index += Vector<T>.Count)
        {
            if (Vector.EqualsAny(new Vector<T>(bits[index..]) & mask, mask))
            {
                return false;
            }
        }

        for (; index < bits.Length; index++)
        {
            if ((bits[index] & exponent) == exponent)
            {
                return false;
            }
        }

        return true;
    }
}
