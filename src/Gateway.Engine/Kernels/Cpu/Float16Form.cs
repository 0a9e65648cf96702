using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>
/// binary16. No step of the widening meets a subnormal float32, which would cost a hundred cycles: a weight below 6e-5 is a subnormal binary16, and in
/// trained matrices every few hundredth one is that small.
/// </summary>
internal readonly unsafe struct Float16Form : IWeightForm
{
    // The difference of the two formats' exponent biases, where a float32 has its exponent.
    private const int BiasDifference = 112 << 23;
    private const int SmallestNormal = 1 << 10;

    // 2⁻¹⁴: what a subnormal number with a leading one and twice its size is too large by.
    private const float LeadingOne = 6.103515625e-5f;

    public static int Bytes => sizeof(ushort);

    public static bool HasScales => false;

    public static Vector512<float> Factors(float scale) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* weights, Vector512<float> factors)
    {
        var bits = Vector512.WidenLower(Vector256.Load((short*)weights).ToVector512Unsafe());
        var magnitude = bits & Vector512.Create(0x7FFF);
        var normal = ((magnitude << 13) + Vector512.Create(BiasDifference)).AsSingle();
        var subnormal = normal + normal - Vector512.Create(LeadingOne);
        var widened = Vector512.ConditionalSelect(Vector512.LessThan(magnitude, Vector512.Create(SmallestNormal)).AsSingle(), subnormal, normal);
        return (widened.AsInt32() | (bits & Vector512.Create(int.MinValue))).AsSingle();
    }

    public static float LoadOne(byte* weight, float scale) => (float)*(Half*)weight;
}
