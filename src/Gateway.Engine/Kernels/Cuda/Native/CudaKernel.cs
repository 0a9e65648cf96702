namespace Gateway.Engine.Kernels.Cuda.Native;

internal sealed class CudaKernel(string source, string name, nint function) : GpuKernel(source, name)
{
    public nint Function => function;
}
