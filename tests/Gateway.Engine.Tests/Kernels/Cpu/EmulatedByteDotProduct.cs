using System.Runtime.Intrinsics;
using Gateway.Engine.Kernels.Cpu.Panels;

namespace Gateway.Engine.Tests.Kernels.Cpu;

/// <summary>vpdpbusd as Intel's manual describes it, for processors that do not have it on 256 bits.</summary>
internal readonly struct EmulatedByteDotProduct : IByteDotProduct
{
    public static Vector256<int> Add(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> inputs)
    {
        var (unsigned, signed) = (weights.AsInt32(), inputs.AsInt32());
        for (var place = 0; place < 4; place++)
        {
            sums += ((unsigned >>> (8 * place)) & Vector256.Create(0xFF)) * ((signed << (24 - (8 * place))) >> 24);
        }

        return sums;
    }
}
