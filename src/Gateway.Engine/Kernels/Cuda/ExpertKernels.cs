namespace Gateway.Engine.Kernels.Cuda;

/// <summary>
/// The experts of a layer: hidden[t] += Σ over the choices c of token t, ascending, of weight · down(silu(gate · x[t]) ∘ (up · x[t])).
/// Padded tokens (expert -1) are left alone and read no weights.
/// </summary>
internal sealed class ExpertKernels
{
    /// <summary>Up to so many tokens, products are bound by reading the weights, and every expert's are read once.</summary>
    public const int MaxFewTokens = 8;

    /// <summary>Most routed and shared experts of a layer.</summary>
    public const int MaxExperts = RouterRule.MaxExperts + 64;

    /// <summary>
    /// For <see cref="GateUpRowsPerBlock"/> in joined launches, which have one block per multiprocessor: a token's eight experts of 1,408 rows are then 128
    /// blocks, nearly as many as an H200 has multiprocessors.
    /// </summary>
    public const int GateUpRowsWhenJoined = 88;

    private const string FewSource = "experts_few.cu";
    private const string FewFloat8Source = "few_tokens_fp8.cu";
    private const int Threads = 256;

    // Rows of the residual stream, and threads, of a block of the second product for few tokens, and what it needs of shared memory per choice.
    private const int DownRows = 16;
    private const int DownThreads = 512;
    private const int DownBytesPerChoice = 80;

    // Rows of gate, and as many of up, that a block of the first one does at a time.
    private const int GateUpRows = 8;

    private const int MaxChoices = 256;

    private readonly IGpu _gpu;
    private readonly ElementType _type;
    private readonly Dictionary<int, (GpuKernel GateUp, GpuKernel Down)> _few = [];
    private readonly Dictionary<int, GpuKernel> _gateUpFloat8 = [];
    private readonly GroupedExperts? _grouped;
    private readonly UnfusedExperts _unfused;
    private GpuKernel? _downFloat8;

    /// <param name="gpu">The device.</param>
    /// <param name="type">T: of activations and weights.</param>
    /// <param name="elementwise">Of the same type.</param>
    /// <param name="adapters">Of the same type.</param>
    public ExpertKernels(IGpu gpu, ElementType type, ElementwiseKernels elementwise, AdapterKernels adapters)
    {
        (_gpu, _type) = (gpu, type);
        if (type == ElementType.BFloat16)
        {
            _grouped = new GroupedExperts(gpu);
            foreach (var ahead in AheadChoices)
            {
                _few.Add(ahead, (
                    gpu.Kernel(FewSource, $"experts_gate_up_few_x{ahead}_bf16"),
                    gpu.Kernel(FewSource, $"experts_down_few_x{ahead}_bf16", MaxFewTokens * MaxChoices * DownBytesPerChoice)));
            }
        }

        _unfused = new UnfusedExperts(gpu, type, elementwise, adapters, _grouped);
    }

    /// <summary>
    /// Rows that each block of the first product for few tokens does, a multiple of 8: fewer give more blocks, more give each block more
    /// to read ahead. For experiments; the default suits 132 multiprocessors.
    /// </summary>
    public int GateUpRowsPerBlock { get; set; } = 16;

    /// <summary>
    /// Chunks of 128 bytes of each row that each warp of the products for few tokens has under way, 2 or 4: fewer leave registers for more
    /// blocks at a time. The second product of 8-bit weights always has 4. For experiments.
    /// </summary>
    public (int GateUp, int Down) ChunksAhead { get; set; } = (2, 4);

    private static ReadOnlySpan<int> AheadChoices => [2, 4];

    /// <inheritdoc cref="LinearKernels.PrepareFloat8"/>
    public void PrepareFloat8()
    {
        if (_downFloat8 is not null)
        {
            return;
        }

        foreach (var ahead in AheadChoices)
        {
            _gateUpFloat8.Add(ahead, _gpu.Kernel(FewFloat8Source, $"experts_gate_up_few_x{ahead}_fp8"));
        }

        _grouped!.PrepareFloat8();
        _downFloat8 = _gpu.Kernel(FewFloat8Source, "experts_down_few_x4_fp8", MaxFewTokens * MaxChoices * DownBytesPerChoice);
    }

    /// <summary>Whether weights of experts of these widths may be in 8-bit floating point, as far as the widths of results matter.</summary>
    public static bool TakesFloat8(int hiddenSize, int innerSize) => !IsSimple(ElementType.BFloat16, hiddenSize, innerSize);

    /// <summary>Whether experts of that type and these widths have the simple products of <see cref="UnfusedExperts"/> only.</summary>
    public static bool IsSimple(ElementType type, int hiddenSize, int innerSize) =>
        type == ElementType.Float32 || hiddenSize % 8 != 0 || innerSize % 8 != 0;

    /// <param name="weights">The layer's experts; in 8-bit floating point only where <see cref="TakesFloat8"/> says so.</param>
    /// <param name="choices">What the router chose.</param>
    /// <param name="normed">T [tokens, hiddenSize]: input of the experts.</param>
    /// <param name="hidden">float32 [tokens, hiddenSize]: the residual stream, added to.</param>
    /// <param name="scratch">Made for at least so many tokens, and with room for adapters where there are some.</param>
    /// <param name="tile">Tile of the grouped product that more than <see cref="MaxFewTokens"/> tokens take; null: <see cref="ExpertTile.For"/> decides.</param>
    /// <param name="adapters">What adapters add to the experts of the tokens that are under one.</param>
    public void Run(
        in ExpertWeights weights,
        in ExpertChoices choices,
        DevicePointer normed,
        DevicePointer hidden,
        ExpertScratch scratch,
        ExpertTile? tile = null,
        in ExpertAdapters adapters = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(choices.Tokens, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(choices.Tokens, scratch.MaxTokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(choices.Choices, MaxChoices);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weights.Experts, MaxExperts);
        if (IsSimple(_type, weights.HiddenSize, weights.InnerSize))
        {
            _unfused.Run(weights, choices, normed, hidden, scratch, null, adapters);
            return;
        }

        tile ??= ExpertTile.For(_gpu.Properties, choices.Tokens, choices.Choices, weights);
        if (!adapters.IsEmpty)
        {
            _unfused.Run(weights, choices, normed, hidden, scratch, tile, adapters);
        }
        else if (choices.Tokens <= MaxFewTokens)
        {
            RunFew(weights, choices, normed, hidden, scratch);
        }
        else
        {
            _grouped!.Run(weights, choices, normed, scratch, tile);
            _unfused.Combine(choices, scratch.Outputs, hidden, weights.HiddenSize);
        }
    }

    private static int Blocks(int rows, int rowsPerBlock) => (rows + rowsPerBlock - 1) / rowsPerBlock;

    private void RunFew(in ExpertWeights weights, in ExpertChoices choices, DevicePointer normed, DevicePointer hidden, ExpertScratch scratch)
    {
        var (hiddenSize, innerSize, all) = (weights.HiddenSize, weights.InnerSize, choices.Tokens * choices.Choices);
        var (gateUp, down) = (weights.GateUp, weights.Down);
        var grid = new Dim3(Blocks(innerSize, Math.Max(GateUpRows, GateUpRowsPerBlock)), all);
        if (gateUp.IsFloat8)
        {
            _gpu.Launch(
                _gateUpFloat8[ChunksAhead.GateUp], grid, new Dim3(Threads), 0,
                gateUp.Values, gateUp.Scales, normed, choices.Experts, scratch.Inner, choices.Tokens, choices.Choices, hiddenSize, innerSize);
        }
        else
        {
            _gpu.Launch(
                _few[ChunksAhead.GateUp].GateUp, grid, new Dim3(Threads), 0,
                gateUp.Values, normed, choices.Experts, scratch.Inner, choices.Tokens, choices.Choices, hiddenSize, innerSize);
        }

        grid = new Dim3(Blocks(hiddenSize, DownRows));
        if (down.IsFloat8)
        {
            _gpu.Launch(
                _downFloat8!, grid, new Dim3(DownThreads), all * DownBytesPerChoice,
                down.Values, down.Scales, scratch.Inner, choices.Experts, choices.Weights, hidden, choices.Tokens, choices.Choices, hiddenSize, innerSize);
        }
        else
        {
            _gpu.Launch(
                _few[ChunksAhead.Down].Down, grid, new Dim3(DownThreads), all * DownBytesPerChoice,
                down.Values, scratch.Inner, choices.Experts, choices.Weights, hidden, choices.Tokens, choices.Choices, hiddenSize, innerSize);
        }
    }
}
