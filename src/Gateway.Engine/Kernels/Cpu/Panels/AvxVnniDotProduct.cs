using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>vpdpbusd on 256 bits, in its VEX encoding.</summary>
internal readonly struct AvxVnniDotProduct : IByteDotProduct
{
    /// <summary>Whether this processor has it, and what else its kernel uses.</summary>
    public static bool IsSupported => AvxVnni.IsSupported && Fma.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Add(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> inputs) =>
        AvxVnni.MultiplyWideningAndAdd(sums, weights, inputs);
}
