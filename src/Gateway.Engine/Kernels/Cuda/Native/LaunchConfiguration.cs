using System.Runtime.InteropServices;

namespace Gateway.Engine.Kernels.Cuda.Native;

/// <summary>CUlaunchConfig.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LaunchConfiguration
{
    public uint GridX;
    public uint GridY;
    public uint GridZ;
    public uint BlockX;
    public uint BlockY;
    public uint BlockZ;
    public uint SharedBytes;
    public nint Stream;
    public LaunchAttribute* Attributes;
    public uint AttributeCount;
}
