using System.Runtime.InteropServices;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>A counter that several threads use, on cache lines of its own: 128 bytes, since processors fetch lines in pairs.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct PaddedCounter
{
    [FieldOffset(128)]
    public int Value;
}
