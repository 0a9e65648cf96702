using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>bfloat16: the upper half of a float32.</summary>
internal readonly unsafe struct BFloat16Form : IWeightForm
{
    public static int Bytes => sizeof(ushort);

    public static bool HasScales => false;

    public static Vector512<float> Factors(float scale) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* weights, Vector512<float> factors) =>
        (Vector512.WidenLower(Vector256.Load((ushort*)weights).ToVector512Unsafe()) << 16).AsSingle();

    public static float LoadOne(byte* weight, float scale) => BitConverter.UInt32BitsToSingle((uint)*(ushort*)weight << 16);
}
