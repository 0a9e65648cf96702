namespace Gateway.Engine.Kernels.Cuda;

/// <summary>The extent of a grid or a block, as CUDA counts it.</summary>
internal readonly record struct Dim3(int X, int Y = 1, int Z = 1)
{
    public long Count => (long)X * Y * Z;
}
