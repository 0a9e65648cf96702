namespace Gateway.Engine.Kernels.Cuda.Native;

internal sealed class CudaKernel(string source, string name, nint function) : GpuKernel(source, name)
{
    public nint Function => function;

    /// <summary>The most that a launch may ask for.</summary>
    public int DynamicSharedBytes { get; set; }
}
