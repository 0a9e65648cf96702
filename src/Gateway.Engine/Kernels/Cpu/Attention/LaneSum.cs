using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu.Attention;

/// <summary>The sum of sixteen lanes in the one order that all kernels keep: lane i with i + 8, then with i + 4, i + 2, i + 1.</summary>
internal static class LaneSum
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Of(Vector512<float> lanes)
    {
        var eight = lanes.GetLower() + lanes.GetUpper();
        var four = eight.GetLower() + eight.GetUpper();
        return (four[0] + four[2]) + (four[1] + four[3]);
    }
}
