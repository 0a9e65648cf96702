namespace Gateway.Engine.Kernels.Cuda.Native;

internal sealed class CudaKernel(string source, string name, nint function) : GpuKernel(source, name)
{
    public nint Function => function;

    /// <summary>Registers per thread, and bytes of local memory: more than a few mean that registers were spilled.</summary>
    public (int Registers, int LocalBytes) Usage
    {
        get
        {
            DriverApi.Check(DriverApi.FunctionGetAttribute(out var registers, DriverApi.FunctionRegisters, function), "cuFuncGetAttribute");
            DriverApi.Check(DriverApi.FunctionGetAttribute(out var bytes, DriverApi.FunctionLocalBytes, function), "cuFuncGetAttribute");
            return (registers, bytes);
        }
    }

    /// <summary>The most that a launch may ask for.</summary>
    public int DynamicSharedBytes { get; set; }
}
