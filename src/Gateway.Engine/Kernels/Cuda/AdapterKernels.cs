using Gateway.Engine.Adapters;

namespace Gateway.Engine.Kernels.Cuda;

/// <summary>
/// What LoRA adapters add to linear layers, each token's own: y += B · (A · x), the product with A first and for itself. Sums are float32 and go in
/// one order, whoever else is in the step. Which adapters there are is read from device memory, so a recorded step serves any mix of them.
/// </summary>
/// <param name="gpu">The device.</param>
/// <param name="type">T: of A, B, and of the layers' inputs.</param>
internal sealed class AdapterKernels(IGpu gpu, ElementType type)
{
    private const string Source = "adapters.cu";
    private const int Threads = 256;
    private const int LatentThreads = 128;

    // Rows of A that a block has, one per warp.
    private const int ShrinkRows = 8;

    private readonly GpuKernel _shrink = gpu.Kernel(Source, $"adapter_shrink_{Suffix(type)}");
    private readonly GpuKernel _expand = gpu.Kernel(Source, $"adapter_expand_{Suffix(type)}");
    private readonly GpuKernel _expandToResidual = gpu.Kernel(Source, type == ElementType.Float32 ? "adapter_expand_f32" : "adapter_expand_bf16_to_f32");
    private readonly GpuKernel _absorb = gpu.Kernel(Source, $"adapter_absorb_{Suffix(type)}");
    private readonly GpuKernel _values = gpu.Kernel(Source, $"adapter_values_{Suffix(type)}");

    /// <summary>y += B · (A · x) for the tokens that are under an adapter.</summary>
    /// <param name="adapters">Of the layer.</param>
    /// <param name="tokens">Number of tokens.</param>
    /// <param name="x">T [tokens, <paramref name="inputs"/>].</param>
    /// <param name="inputs">Width of x.</param>
    /// <param name="low">float32 [tokens, <see cref="LoraAdapter.MaxRank"/> at most]: scratch.</param>
    /// <param name="y">[tokens, <paramref name="outputs"/>], rows <paramref name="yStride"/> elements apart.</param>
    /// <param name="yType">T, or float32: the residual stream.</param>
    /// <param name="yStride">Elements from one token's outputs to the next's.</param>
    /// <param name="outputs">Width of y.</param>
    public void Add(
        in DeviceAdapters adapters, int tokens, DevicePointer x, int inputs, DevicePointer low, DevicePointer y, ElementType yType, long yStride, int outputs)
    {
        var rank = adapters.MaxRank;
        gpu.Launch(
            _shrink, new Dim3(tokens, DivideUp(rank, ShrinkRows)), new Dim3(Threads), 0, x, (long)inputs, adapters.Numbers, adapters.Pairs, low, rank, inputs);
        gpu.Launch(
            yType == type ? _expand : _expandToResidual, new Dim3(tokens, DivideUp(outputs, Threads)), new Dim3(Threads), 0, low, rank,
            adapters.Numbers, adapters.Pairs, y, yStride, outputs);
    }

    /// <summary>What adapters of kv_b_proj add to absorbed queries: Aᵀ · (B_UKᵀ · q).</summary>
    /// <param name="adapters">Of kv_b_proj; nothing is done where there are none.</param>
    /// <param name="tokens">Number of tokens.</param>
    /// <param name="shape">Of the attention.</param>
    /// <param name="q">T [tokens, heads, nope + rope], rows <paramref name="qStride"/> apart.</param>
    /// <param name="qStride">Elements from one token's queries to the next's.</param>
    /// <param name="absorbed">T [tokens, heads, latentRank + rope].</param>
    public void Absorb(in DeviceAdapters adapters, int tokens, MlaShape shape, DevicePointer q, long qStride, DevicePointer absorbed)
    {
        if (!adapters.IsEmpty)
        {
            gpu.Launch(
                _absorb, new Dim3(tokens, shape.Heads), new Dim3(LatentThreads), 0, q, qStride, shape.QueryDim, adapters.Numbers, adapters.Pairs, absorbed,
                shape.CacheWidth, shape.NopeDim, shape.ValueDim, shape.LatentRank);
        }
    }

    /// <summary>What they add to values: B_UV · (A · attended).</summary>
    /// <param name="adapters">Of kv_b_proj; nothing is done where there are none.</param>
    /// <param name="tokens">Number of tokens.</param>
    /// <param name="shape">Of the attention.</param>
    /// <param name="attended">T [tokens, heads, latentRank]: the latents that each head attended to.</param>
    /// <param name="output">T [tokens, heads, value].</param>
    public void AddValues(in DeviceAdapters adapters, int tokens, MlaShape shape, DevicePointer attended, DevicePointer output)
    {
        if (!adapters.IsEmpty)
        {
            gpu.Launch(
                _values, new Dim3(tokens, shape.Heads), new Dim3(LatentThreads), 0, attended, adapters.Numbers, adapters.Pairs, output, shape.NopeDim,
                shape.ValueDim, shape.LatentRank);
        }
    }

    private static string Suffix(ElementType type) => type == ElementType.Float32 ? "f32" : "bf16";

    private static int DivideUp(int value, int divisor) => (value + divisor - 1) / divisor;
}
