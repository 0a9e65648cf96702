using System.Runtime.InteropServices;

namespace Gateway.Engine.Kernels.Cuda.Native;

/// <summary>CUlaunchAttribute: an id, and a value of which only the first four bytes are used here.</summary>
[StructLayout(LayoutKind.Sequential, Size = 72)]
internal struct LaunchAttribute
{
    /// <summary>CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION: the kernel may come while the one before it still runs.</summary>
    public const int ProgrammaticSerialization = 6;

    public int Id;
    public int Padding;
    public int Value;
}
