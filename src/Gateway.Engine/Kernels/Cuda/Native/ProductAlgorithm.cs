using System.Runtime.InteropServices;

namespace Gateway.Engine.Kernels.Cuda.Native;

/// <summary>cublasLtMatmulHeuristicResult_t: an algorithm of 64 opaque bytes, and what it needs.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ProductAlgorithm
{
    public fixed ulong Algorithm[8];
    public nuint WorkspaceBytes;
    public int Status;
    public float Waves;
    public fixed int Reserved[4];
}
