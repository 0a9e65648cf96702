namespace Gateway.Engine.Kernels.Cuda;

internal static class ElementSize
{
    /// <summary>Bytes per element.</summary>
    public static int Size(this ElementType type) => type == ElementType.Float32 ? sizeof(float) : sizeof(ushort);
}
