using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>The one instruction that <see cref="AvxVnniPanelKernel{TDot}"/> is made of; tests put an emulation in its place.</summary>
internal interface IByteDotProduct
{
    /// <summary>To each 32-bit sum, four unsigned bytes times four signed ones are added, without saturation.</summary>
    static abstract Vector256<int> Add(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> inputs);
}
