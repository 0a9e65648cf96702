namespace Gateway.Engine.Kernels.Cuda;

/// <summary>
/// The experts of a layer: hidden[t] += Σ over the choices c of token t, ascending, of weight · down(silu(gate · x[t]) ∘ (up · x[t])).
/// Padded tokens (expert -1) are left alone and read no weights.
/// </summary>
internal sealed class ExpertKernels
{
    /// <summary>Up to so many tokens, products are bound by reading the weights, and every expert's are read once.</summary>
    public const int MaxFewTokens = 8;

    /// <summary>
    /// For <see cref="GateUpRowsPerBlock"/> in joined launches, which have one block per multiprocessor: a token's eight experts of 1,408 rows are then 128
    /// blocks, nearly as many as an H200 has multiprocessors.
    /// </summary>
    public const int GateUpRowsWhenJoined = 88;

    private const string FewSource = "experts_few.cu";
    private const string FewFloat8Source = "few_tokens_fp8.cu";
    private const string GroupedFloat8Source = "grouped_fp8.cu";
    private const string GroupedSource = "experts_grouped.cu";
    private const string HopperSource = "experts_grouped_hopper.cu";
    private const int Threads = 256;

    // Rows of a block of the simple kernels, one per warp.
    private const int SimpleRows = 8;

    // Rows of the residual stream, and threads, of a block of the second product for few tokens, and what it needs of shared memory per choice.
    private const int DownRows = 16;
    private const int DownThreads = 512;
    private const int DownBytesPerChoice = 80;

    // Rows of gate, and as many of up, that a block of the first one does at a time.
    private const int GateUpRows = 8;

    private const int SegmentTokens = 256;
    private const int MaxExperts = RouterRule.MaxExperts + 64;
    private const int MaxChoices = 256;

    private readonly IGpu _gpu;
    private readonly ElementType _type;
    private readonly GpuKernel _gateUpSimple;
    private readonly GpuKernel _downSimple;
    private readonly Dictionary<int, (GpuKernel GateUp, GpuKernel Down)> _few = [];
    private readonly Dictionary<int, GpuKernel> _gateUpFloat8 = [];
    private readonly GpuKernel? _count;
    private readonly GpuKernel? _sort;
    private readonly GpuKernel? _combine;
    private readonly Dictionary<ExpertTile, (GpuKernel GateUp, GpuKernel Down)> _grouped = [];
    private GpuKernel? _downFloat8;

    public ExpertKernels(IGpu gpu, ElementType type)
    {
        _gpu = gpu;
        _type = type;
        var suffix = type == ElementType.Float32 ? "f32" : "bf16";
        _gateUpSimple = gpu.Kernel(FewSource, $"experts_gate_up_simple_{suffix}");
        _downSimple = gpu.Kernel(FewSource, $"experts_down_simple_{suffix}");
        if (type == ElementType.Float32)
        {
            return;
        }

        foreach (var ahead in AheadChoices)
        {
            _few.Add(ahead, (
                gpu.Kernel(FewSource, $"experts_gate_up_few_x{ahead}_bf16"),
                gpu.Kernel(FewSource, $"experts_down_few_x{ahead}_bf16", MaxFewTokens * MaxChoices * DownBytesPerChoice)));
        }

        _count = gpu.Kernel(GroupedSource, "experts_count", MaxExperts * sizeof(int));
        _sort = gpu.Kernel(GroupedSource, "experts_sort", MaxExperts * SortWords * sizeof(int));
        _combine = gpu.Kernel(GroupedSource, "experts_combine_bf16");
        foreach (var tile in ExpertTile.All.Where(tile => tile.RunsOn(gpu.Properties)))
        {
            AddGrouped(tile, tile.ByWarpgroups ? HopperSource : GroupedSource);
        }
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

    // Per expert, of experts_sort: a bit for each token of a segment, and three counts.
    private static int SortWords => (SegmentTokens / 32) + 3;

    /// <summary>Parts that so many tokens are sorted in.</summary>
    internal static int Segments(int tokens) => (tokens + SegmentTokens - 1) / SegmentTokens;

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

        foreach (var tile in ExpertTile.Float8)
        {
            AddGrouped(tile, GroupedFloat8Source);
        }

        _downFloat8 = _gpu.Kernel(FewFloat8Source, "experts_down_few_x4_fp8", MaxFewTokens * MaxChoices * DownBytesPerChoice);
    }

    /// <summary>Whether weights of experts of these widths may be in 8-bit floating point, as far as the widths of results matter.</summary>
    public static bool TakesFloat8(int hiddenSize, int innerSize) => !IsSimple(hiddenSize, innerSize);

    /// <param name="weights">The layer's experts; in 8-bit floating point only where <see cref="TakesFloat8"/> says so.</param>
    /// <param name="choices">What the router chose.</param>
    /// <param name="normed">T [tokens, hiddenSize]: input of the experts.</param>
    /// <param name="hidden">float32 [tokens, hiddenSize]: the residual stream, added to.</param>
    /// <param name="scratch">Made for at least so many tokens.</param>
    /// <param name="tile">Tile of the grouped product that more than <see cref="MaxFewTokens"/> tokens take; null: <see cref="ExpertTile.For"/> decides.</param>
    public void Run(
        in ExpertWeights weights,
        in ExpertChoices choices,
        DevicePointer normed,
        DevicePointer hidden,
        ExpertScratch scratch,
        ExpertTile? tile = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(choices.Tokens, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(choices.Tokens, scratch.MaxTokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(choices.Choices, MaxChoices);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(weights.Experts, MaxExperts);
        if (_type == ElementType.Float32 || IsSimple(weights.HiddenSize, weights.InnerSize))
        {
            RunSimple(weights, choices, normed, hidden, scratch);
        }
        else if (choices.Tokens <= MaxFewTokens)
        {
            RunFew(weights, choices, normed, hidden, scratch);
        }
        else
        {
            RunGrouped(weights, choices, normed, hidden, scratch, tile ?? ExpertTile.For(_gpu.Properties, choices.Tokens, choices.Choices, weights));
        }
    }

    private static bool IsSimple(int hiddenSize, int innerSize) => hiddenSize % 8 != 0 || innerSize % 8 != 0;

    private static int Blocks(int rows, int rowsPerBlock) => (rows + rowsPerBlock - 1) / rowsPerBlock;

    private void RunSimple(in ExpertWeights weights, in ExpertChoices choices, DevicePointer normed, DevicePointer hidden, ExpertScratch scratch)
    {
        var (hiddenSize, innerSize) = (weights.HiddenSize, weights.InnerSize);
        _gpu.Launch(
            _gateUpSimple,
            new Dim3(choices.Tokens * choices.Choices, Blocks(innerSize, SimpleRows)),
            new Dim3(Threads),
            0,
            weights.GateUp.Values, normed, choices.Experts, scratch.Inner, choices.Choices, hiddenSize, innerSize);
        _gpu.Launch(
            _downSimple,
            new Dim3(choices.Tokens, Blocks(hiddenSize, SimpleRows)),
            new Dim3(Threads),
            0,
            weights.Down.Values, scratch.Inner, choices.Experts, choices.Weights, hidden, choices.Choices, hiddenSize, innerSize);
    }

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

    private void RunGrouped(
        in ExpertWeights weights, in ExpertChoices choices, DevicePointer normed, DevicePointer hidden, ExpertScratch scratch, ExpertTile tile)
    {
        if (tile.OfType(weights.GateUp) is not { } gateUpTile || tile.OfType(weights.Down) is not { } downTile
            || !_grouped.TryGetValue(gateUpTile, out var gateUp) || !_grouped.TryGetValue(downTile, out var down))
        {
            throw new ArgumentException($"There is no kernel for {tile} and these weights.", nameof(tile));
        }

        var (hiddenSize, innerSize, experts, tokens) = (weights.HiddenSize, weights.InnerSize, weights.Experts, choices.Tokens);
        if (!tile.Divides(hiddenSize, innerSize))
        {
            throw new ArgumentException($"Experts of {hiddenSize} by {innerSize} are no whole number of {tile}.", nameof(tile));
        }

        var segments = Segments(tokens);
        var tiles = (int)tile.MaxTiles((long)tokens * choices.Choices, experts);
        if (segments > 1)
        {
            _gpu.Launch(
                _count!, new Dim3(segments), new Dim3(Threads), experts * sizeof(int), choices.Experts, scratch.Counts, tokens, choices.Choices, experts);
        }

        _gpu.Launch(
            _sort!,
            new Dim3(segments),
            new Dim3(Threads),
            experts * SortWords * sizeof(int),
            choices.Experts, scratch.Counts, scratch.Order, scratch.TileExperts, tokens, choices.Choices, experts, tile.Tokens, tiles);
        if (tile.ByWarpgroups)
        {
            RunByWarpgroups(weights, choices.Choices, normed, scratch, tile, tiles);
        }
        else
        {
            Multiply(
                gateUp.GateUp, gateUpTile, new Dim3(Blocks(innerSize, gateUpTile.Rows / 2), tiles),
                weights.GateUp, normed, scratch, scratch.Inner, choices.Choices, innerSize, hiddenSize);
            Multiply(
                down.Down, downTile, new Dim3(Blocks(hiddenSize, downTile.Rows), tiles),
                weights.Down, scratch.Inner, scratch, scratch.Outputs, choices.Choices, hiddenSize, innerSize);
        }

        _gpu.Launch(
            _combine!, new Dim3(tokens), new Dim3(Threads), 0, scratch.Outputs, choices.Experts, choices.Weights, hidden, choices.Choices, hiddenSize);
    }

    private void AddGrouped(ExpertTile tile, string source) => _grouped.Add(tile, (
        _gpu.Kernel(source, $"experts_gate_up_{tile.Suffix}", tile.SharedBytes), _gpu.Kernel(source, $"experts_down_{tile.Suffix}", tile.SharedBytes)));

    private void Multiply(
        GpuKernel kernel, ExpertTile tile, Dim3 grid, in DeviceMatrix weights, DevicePointer x, ExpertScratch scratch, DevicePointer output,
        int choices, int rows, int columns)
    {
        var block = new Dim3(32 * tile.Warps);
        if (weights.IsFloat8)
        {
            _gpu.Launch(
                kernel, grid, block, tile.SharedBytes,
                weights.Values, weights.Scales, x, scratch.Order, scratch.TileExperts, output, choices, rows, columns);
            return;
        }

        _gpu.Launch(kernel, grid, block, tile.SharedBytes, weights.Values, x, scratch.Order, scratch.TileExperts, output, choices, rows, columns);
    }

    // A block per multiprocessor, or per job, where there are fewer.
    private void RunByWarpgroups(in ExpertWeights weights, int choices, DevicePointer normed, ExpertScratch scratch, ExpertTile tile, int tiles)
    {
        var (hiddenSize, innerSize, (gateUp, down)) = (weights.HiddenSize, weights.InnerSize, _grouped[tile]);
        Dim3 Grid(int rows, int features) => new((int)Math.Min(_gpu.Properties.Multiprocessors, (long)rows / features * tiles));
        _gpu.Launch(
            gateUp,
            Grid(innerSize, tile.Rows / 2),
            new Dim3(32 * tile.Warps),
            tile.SharedBytes,
            weights.GateUp.Values, normed, scratch.Order, scratch.TileExperts, scratch.Inner, choices, innerSize, hiddenSize, tiles);
        _gpu.Launch(
            down,
            Grid(hiddenSize, tile.Rows),
            new Dim3(32 * tile.Warps),
            tile.SharedBytes,
            weights.Down.Values, scratch.Inner, scratch.Order, scratch.TileExperts, scratch.Outputs, choices, hiddenSize, innerSize, tiles);
    }
}
