namespace Gateway.Engine.Tests.Kernels.Cpu.MachineCode;

/// <summary>
/// What Intel's manual says of VDPBF16PS and TDPBF16PS: fused multiply-adds of float32 numbers, rounded to nearest, ties to even, with subnormal numbers
/// taken for zero on the way in and out.
/// </summary>
internal static class BFloat16Arithmetic
{
    /// <summary>The first bfloat16 number of a pair.</summary>
    public static float Lower(uint pair) => BitConverter.UInt32BitsToSingle(pair << 16);

    /// <summary>The second one.</summary>
    public static float Upper(uint pair) => BitConverter.UInt32BitsToSingle(pair & 0xFFFF0000);

    public static float Add(float sum, float a, float b) => Flush(MathF.FusedMultiplyAdd(Flush(a), Flush(b), Flush(sum)));

    public static float Flush(float value) => float.IsSubnormal(value) ? MathF.CopySign(0, value) : value;
}
