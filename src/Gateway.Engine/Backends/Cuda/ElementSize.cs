using Gateway.Engine.Kernels.Cuda;

namespace Gateway.Engine.Backends.Cuda;

internal static class ElementSize
{
    /// <summary>Bytes per element.</summary>
    public static int Size(this ElementType type) => type == ElementType.Float32 ? sizeof(float) : sizeof(ushort);
}
