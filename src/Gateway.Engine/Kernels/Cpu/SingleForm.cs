using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>float32, as it is.</summary>
internal readonly unsafe struct SingleForm : IWeightForm
{
    public static int Bytes => sizeof(float);

    public static bool HasScales => false;

    public static Vector512<float> Factors(float scale) => default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* weights, Vector512<float> factors) => Vector512.Load((float*)weights);

    public static float LoadOne(byte* weight, float scale) => *(float*)weight;
}
