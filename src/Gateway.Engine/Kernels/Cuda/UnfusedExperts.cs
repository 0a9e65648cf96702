namespace Gateway.Engine.Kernels.Cuda;

/// <summary>
/// The experts of a layer with each product's results in memory by themselves: for float32 and for widths that no other kernel takes, and where
/// adapters add to what a product gives. In bfloat16 the products are the second one of <see cref="GroupedExperts"/>, whose tokens are gathered
/// beforehand.
/// </summary>
internal sealed class UnfusedExperts
{
    private const string Source = "experts_unfused.cu";
    private const int Threads = 256;

    // Rows of a block of the simple product, one per warp.
    private const int Rows = 8;

    private readonly IGpu _gpu;
    private readonly ElementType _type;
    private readonly ElementwiseKernels _elementwise;
    private readonly AdapterKernels _adapters;
    private readonly GroupedExperts? _grouped;
    private readonly GpuKernel _product;
    private readonly GpuKernel _combine;
    private readonly GpuKernel? _gather;

    /// <param name="gpu">The device.</param>
    /// <param name="type">T: of activations and weights.</param>
    /// <param name="elementwise">For what is between the products.</param>
    /// <param name="adapters">For what is added to them.</param>
    /// <param name="grouped">In bfloat16: products of widths that are multiples of 8.</param>
    public UnfusedExperts(IGpu gpu, ElementType type, ElementwiseKernels elementwise, AdapterKernels adapters, GroupedExperts? grouped)
    {
        (_gpu, _type, _elementwise, _adapters, _grouped) = (gpu, type, elementwise, adapters, grouped);
        var suffix = type == ElementType.Float32 ? "f32" : "bf16";
        _product = gpu.Kernel(Source, $"experts_product_{suffix}");
        _combine = gpu.Kernel(Source, $"experts_combine_{suffix}");
        _gather = grouped is null ? null : gpu.Kernel(Source, "experts_gather_bf16");
    }

    /// <inheritdoc cref="ExpertKernels.Run"/>
    /// <param name="scratch">With room for it; see <see cref="ExpertScratch.ReserveAdapters"/>.</param>
    /// <param name="tile">Of the products; null: simple ones.</param>
    public void Run(
        in ExpertWeights weights, in ExpertChoices choices, DevicePointer normed, DevicePointer hidden, ExpertScratch scratch, ExpertTile? tile,
        in ExpertAdapters adapters)
    {
        var (hiddenSize, innerSize, experts, perToken) = (weights.HiddenSize, weights.InnerSize, weights.Experts, choices.Choices);
        var (gate, up) = (scratch.GateUp, scratch.GateUp + ((long)innerSize * _type.Size()));
        var tiles = tile is null ? 0 : _grouped!.Sort(choices, experts, scratch, tile);
        Multiply(new Product(weights.GateUp, 2 * innerSize, hiddenSize, perToken), choices, normed, gate, scratch, tile, tiles);
        _adapters.AddToChoices(adapters.Gate, choices, experts, normed, hiddenSize, perToken, adapters.Low, gate, 2 * innerSize, innerSize);
        _adapters.AddToChoices(adapters.Up, choices, experts, normed, hiddenSize, perToken, adapters.Low, up, 2 * innerSize, innerSize);
        _elementwise.SiluMultiply(gate, scratch.Inner, choices.Tokens * perToken, innerSize);
        Multiply(new Product(weights.Down, hiddenSize, innerSize, 1), choices, scratch.Inner, scratch.Outputs, scratch, tile, tiles);
        _adapters.AddToChoices(adapters.Down, choices, experts, scratch.Inner, innerSize, 1, adapters.Low, scratch.Outputs, hiddenSize, hiddenSize);
        Combine(choices, scratch.Outputs, hidden, hiddenSize);
    }

    /// <summary>hidden[t] += Σ over the choices of token t, ascending, of weight · outputs.</summary>
    /// <param name="choices">What the router chose.</param>
    /// <param name="outputs">T [tokens · choices, <paramref name="hiddenSize"/>].</param>
    /// <param name="hidden">float32 [tokens, <paramref name="hiddenSize"/>]: the residual stream.</param>
    /// <param name="hiddenSize">Its width.</param>
    public void Combine(in ExpertChoices choices, DevicePointer outputs, DevicePointer hidden, int hiddenSize) => _gpu.Launch(
        _combine, new Dim3(choices.Tokens), new Dim3(Threads), 0, outputs, choices.Experts, choices.Weights, hidden, choices.Choices, hiddenSize);

    /// <summary>y[choice] = weights · x[choice / per].</summary>
    private void Multiply(
        in Product product, in ExpertChoices choices, DevicePointer x, DevicePointer y, ExpertScratch scratch, ExpertTile? tile, int tiles)
    {
        var (weights, rows, columns, per) = product;
        if (tile is null)
        {
            _gpu.Launch(
                _product, new Dim3(choices.Tokens * choices.Choices, (rows + Rows - 1) / Rows), new Dim3(Threads), 0,
                weights.Values, x, choices.Experts, y, per, rows, columns);
            return;
        }

        _gpu.Launch(_gather!, new Dim3(tiles * tile.Tokens), new Dim3(Threads), 0, x, scratch.Order, scratch.Gathered, per, columns);
        _grouped!.MultiplyPlaces(weights, tile, tiles, scratch.Gathered, scratch, y, choices.Choices, rows, columns);
    }

    /// <summary>Weights [experts, rows, columns], and of how many choices each input is one.</summary>
    private readonly record struct Product(DeviceMatrix Weights, int Rows, int Columns, int Per);
}
