using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu.BFloat16Panels;

/// <summary>float32 to the bfloat16 numbers that kernels multiply: to the nearest, ties to even, and zero for what is very small.</summary>
/// <remarks>
/// The processor's instructions for bfloat16 take subnormal float32 numbers for zero, other arithmetic does not. With factors that are zero or at least
/// 2⁻⁵⁶, of eight significant bits each, every product is a multiple of 2⁻¹²⁶, and so is every sum of them, rounded or not. Then no subnormal
/// number comes up, and all arithmetic gives the same bits.
/// </remarks>
internal static class BFloat16Rounding
{
    /// <summary>The smallest number that is not taken for zero, 2⁻⁵⁶ = 1.4e-17, as the bits of a bfloat16.</summary>
    public const ushort Smallest = (127 - 56) << 7;

    private const uint Magnitude = 0x7FFFFFFF;
    private const uint Infinity = 0x7F800000;
    private const uint Upper = 0xFFFF0000;
    private const uint Quiet = 0x00400000;

    /// <summary>Rounds sixteen numbers, which stay float32. NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Round(Vector512<float> values)
    {
        var bits = values.AsUInt32();
        var rounded = (bits + Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512<uint>.One)) & Vector512.Create(Upper);
        var isNaN = Vector512.GreaterThan(bits & Vector512.Create(Magnitude), Vector512.Create(Infinity));
        rounded = Vector512.ConditionalSelect(isNaN, (bits | Vector512.Create(Quiet)) & Vector512.Create(Upper), rounded);
        var isSmall = Vector512.LessThan(rounded & Vector512.Create(Magnitude), Vector512.Create((uint)Smallest << 16));
        return Vector512.AndNot(rounded, isSmall);
    }

    /// <summary>Takes those of 32 bfloat16 numbers for zero that are too small.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ushort> Flush(Vector512<ushort> bits) =>
        Vector512.AndNot(bits, Vector512.LessThan(bits & Vector512.Create((ushort)0x7FFF), Vector512.Create(Smallest)));
}
