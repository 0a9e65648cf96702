namespace Gateway.Engine.Kernels.Cuda;

/// <summary>
/// What LoRA adapters add to linear layers and to experts, each token's own: y += B · (A · x), the product with A first and for itself. Sums are float32 and go in
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
    /// <param name="low">float32 [tokens, the highest rank]: scratch.</param>
    /// <param name="y">[tokens, <paramref name="outputs"/>], rows <paramref name="yStride"/> elements apart.</param>
    /// <param name="yType">T, or float32: the residual stream.</param>
    /// <param name="yStride">Elements from one token's outputs to the next's.</param>
    /// <param name="outputs">Width of y.</param>
    public void Add(
        in DeviceAdapters adapters, int tokens, DevicePointer x, int inputs, DevicePointer low, DevicePointer y, ElementType yType, long yStride, int outputs)
        => Add(yType == type ? _expand : _expandToResidual, adapters, default, new ExpertChoices(default, default, tokens, 1), 1, x, inputs, 1, low, y, yStride, outputs);

    /// <summary>The same for experts: y += B · (A · x) for the choices of the tokens that are under an adapter which has a pair for the expert.</summary>
    /// <param name="adapters">Of the layer: <see cref="DevicePair"/> [adapters + 1, experts]; nothing is done where there are none.</param>
    /// <param name="choices">What the router chose.</param>
    /// <param name="experts">Experts of the layer.</param>
    /// <param name="x">T [tokens, <paramref name="inputs"/>], or one for each choice.</param>
    /// <param name="inputs">Width of x.</param>
    /// <param name="per">Choices for each of x: those of a token, or 1.</param>
    /// <param name="low">float32 [tokens · choices, the highest rank]: scratch.</param>
    /// <param name="y">T [tokens · choices, <paramref name="outputs"/>], rows <paramref name="yStride"/> elements apart.</param>
    /// <param name="yStride">Elements from one choice's outputs to the next's.</param>
    /// <param name="outputs">Width of y.</param>
    public void AddToChoices(
        in DeviceAdapters adapters, in ExpertChoices choices, int experts, DevicePointer x, int inputs, int per, DevicePointer low, DevicePointer y,
        long yStride, int outputs)
    {
        if (!adapters.IsEmpty)
        {
            Add(_expand, adapters, choices.Experts, choices, experts, x, inputs, per, low, y, yStride, outputs);
        }
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

    // A linear layer is one expert that all tokens take, and nobody chose.
    private void Add(
        GpuKernel expand, in DeviceAdapters adapters, DevicePointer chosen, in ExpertChoices choices, int experts, DevicePointer x, int inputs, int per,
        DevicePointer low, DevicePointer y, long yStride, int outputs)
    {
        var (vectors, rank) = (choices.Tokens * choices.Choices, adapters.MaxRank);
        gpu.Launch(
            _shrink, new Dim3(vectors, DivideUp(rank, ShrinkRows)), new Dim3(Threads), 0,
            x, (long)inputs, per, adapters.Numbers, adapters.Pairs, chosen, choices.Choices, experts, low, rank, inputs);
        gpu.Launch(
            expand, new Dim3(vectors, DivideUp(outputs, Threads)), new Dim3(Threads), 0,
            low, rank, adapters.Numbers, adapters.Pairs, chosen, choices.Choices, experts, y, yStride, outputs);
    }

    private static string Suffix(ElementType type) => type == ElementType.Float32 ? "f32" : "bf16";

    private static int DivideUp(int value, int divisor) => (value + divisor - 1) / divisor;
}
