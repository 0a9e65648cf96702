using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>16-bit floating point to float32. Exact: every binary16 and bfloat16 number is a float32 number.</summary>
internal static class Widening
{
    public static void Widen(ReadOnlySpan<ushort> bits, WeightFormat format, Span<float> destination)
    {
        if (format == WeightFormat.Float16)
        {
            TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<ushort, Half>(bits), destination);
        }
        else
        {
            WidenBFloat16(bits, destination);
        }
    }

    private static void WidenBFloat16(ReadOnlySpan<ushort> bits, Span<float> destination)
    {
        destination = destination[..bits.Length];
        ref var source = ref MemoryMarshal.GetReference(bits);
        ref var target = ref MemoryMarshal.GetReference(destination);
        var index = 0;
        for (; index <= bits.Length - Vector512<ushort>.Count; index += Vector512<ushort>.Count)
        {
            var (lower, upper) = Vector512.Widen(Vector512.LoadUnsafe(ref source, (nuint)index));
            (lower << 16).AsSingle().StoreUnsafe(ref target, (nuint)index);
            (upper << 16).AsSingle().StoreUnsafe(ref target, (nuint)(index + Vector512<uint>.Count));
        }

        for (; index < bits.Length; index++)
        {
            destination[index] = BitConverter.UInt32BitsToSingle((uint)bits[index] << 16);
        }
    }
}
