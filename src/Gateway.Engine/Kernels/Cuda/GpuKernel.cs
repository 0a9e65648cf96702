namespace Gateway.Engine.Kernels.Cuda;

/// <summary>A compiled kernel, ready to be launched.</summary>
/// <param name="source">The resource that it is written in, e.g. <c>attention_mla.cu</c>.</param>
/// <param name="name">Its <c>extern "C"</c> name.</param>
internal abstract class GpuKernel(string source, string name)
{
    public string Source => source;

    public string Name => name;
}
