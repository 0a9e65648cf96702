using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>
/// E4M3 with a scale per square; see <see cref="Float8"/>. Its sign, exponent and mantissa, put where a float32 has them, are the weight divided by 2¹²⁰,
/// subnormal ones too, which in scaled matrices are one of thousands.
/// </summary>
internal readonly unsafe struct Float8Form : IWeightForm
{
    private const float BiasDifference = 1.329227995784916e36f;

    /// <summary>Scales must be below this for <see cref="Factors"/> to be finite.</summary>
    public const float ScaleLimit = 128;

    public static int Bytes => 1;

    public static bool HasScales => true;

    /// <remarks>The product with a power of two is exact, so that the weight is rounded once, as code · scale is.</remarks>
    public static Vector512<float> Factors(float scale) => Vector512.Create(scale * BiasDifference);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* weights, Vector512<float> factors)
    {
        var words = Vector256.WidenLower(Vector128.Load((sbyte*)weights).ToVector256Unsafe());
        var bits = Vector512.WidenLower(words.ToVector512Unsafe()) << 20;
        return (bits & Vector512.Create(unchecked((int)0x87F00000))).AsSingle() * factors;
    }

    public static float LoadOne(byte* weight, float scale) => Float8.Value(*weight) * scale;
}
