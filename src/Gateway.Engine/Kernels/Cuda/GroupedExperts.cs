namespace Gateway.Engine.Kernels.Cuda;

/// <summary>
/// The products of a layer's experts for many tokens in bfloat16: choices are sorted by expert, and each expert's are multiplied together, tile
/// by tile. What the router chose stays on the device.
/// </summary>
internal sealed class GroupedExperts
{
    private const string Source = "experts_grouped.cu";
    private const string HopperSource = "experts_grouped_hopper.cu";
    private const string Float8Source = "grouped_fp8.cu";
    private const int Threads = 256;
    private const int SegmentTokens = 256;

    // Per expert, of experts_sort: a bit for each token of a segment, and three counts.
    private const int SortWords = (SegmentTokens / 32) + 3;

    private readonly IGpu _gpu;
    private readonly GpuKernel _count;
    private readonly GpuKernel _sort;
    private readonly Dictionary<ExpertTile, (GpuKernel GateUp, GpuKernel Down)> _tiles = [];

    public GroupedExperts(IGpu gpu)
    {
        _gpu = gpu;
        _count = gpu.Kernel(Source, "experts_count", ExpertKernels.MaxExperts * sizeof(int));
        _sort = gpu.Kernel(Source, "experts_sort", ExpertKernels.MaxExperts * SortWords * sizeof(int));
        foreach (var tile in ExpertTile.All.Where(tile => tile.RunsOn(gpu.Properties)))
        {
            Add(tile, tile.ByWarpgroups ? HopperSource : Source);
        }
    }

    /// <summary>Parts that so many tokens are sorted in.</summary>
    internal static int Segments(int tokens) => (tokens + SegmentTokens - 1) / SegmentTokens;

    /// <summary>Compiles the kernels of 8-bit weights; to be called once.</summary>
    public void PrepareFloat8()
    {
        foreach (var tile in ExpertTile.Float8)
        {
            Add(tile, Float8Source);
        }
    }

    /// <summary>Both products with what is between them. Each choice's result is in <see cref="ExpertScratch.Outputs"/> then.</summary>
    /// <param name="weights">The layer's experts.</param>
    /// <param name="choices">What the router chose.</param>
    /// <param name="normed">bfloat16 [tokens, hiddenSize].</param>
    /// <param name="scratch">Made for at least so many tokens.</param>
    /// <param name="tile">The tile of both products.</param>
    public void Run(in ExpertWeights weights, in ExpertChoices choices, DevicePointer normed, ExpertScratch scratch, ExpertTile tile)
    {
        var (hiddenSize, innerSize) = (weights.HiddenSize, weights.InnerSize);
        var (gateUpTile, downTile) = (TileOf(weights.GateUp, tile), TileOf(weights.Down, tile));
        if (!tile.Divides(hiddenSize, innerSize))
        {
            throw new ArgumentException($"Experts of {hiddenSize} by {innerSize} are no whole number of {tile}.", nameof(tile));
        }

        var tiles = Sort(choices, weights.Experts, scratch, tile);
        Multiply(
            _tiles[gateUpTile].GateUp, gateUpTile, gateUpTile.Rows / 2, tiles,
            weights.GateUp, normed, scratch, scratch.Inner, choices.Choices, innerSize, hiddenSize);
        MultiplyPlaces(weights.Down, tile, tiles, scratch.Inner, scratch, scratch.Outputs, choices.Choices, hiddenSize, innerSize);
    }

    /// <summary>Sorts choices by expert, each expert's padded to a multiple of the tile's tokens: <see cref="ExpertScratch.Order"/>.</summary>
    /// <returns>The most tiles that they may take.</returns>
    public int Sort(in ExpertChoices choices, int experts, ExpertScratch scratch, ExpertTile tile)
    {
        var (tokens, segments) = (choices.Tokens, Segments(choices.Tokens));
        var tiles = (int)tile.MaxTiles((long)tokens * choices.Choices, experts);
        if (segments > 1)
        {
            _gpu.Launch(
                _count, new Dim3(segments), new Dim3(Threads), experts * sizeof(int), choices.Experts, scratch.Counts, tokens, choices.Choices, experts);
        }

        _gpu.Launch(
            _sort, new Dim3(segments), new Dim3(Threads), experts * SortWords * sizeof(int),
            choices.Experts, scratch.Counts, scratch.Order, scratch.TileExperts, tokens, choices.Choices, experts, tile.Tokens, tiles);
        return tiles;
    }

    /// <summary>y[order[p]] = weights of the expert at place p · x[p]: what the second product is, of any matrices.</summary>
    /// <param name="weights">[experts, rows, columns].</param>
    /// <param name="tile">What <see cref="Sort"/> sorted for.</param>
    /// <param name="tiles">What it returned.</param>
    /// <param name="x">bfloat16 [places, columns].</param>
    /// <param name="scratch">What it sorted in.</param>
    /// <param name="y">bfloat16 [tokens · choices, rows].</param>
    /// <param name="choices">Experts per token.</param>
    /// <param name="rows">Width of y, a multiple of 8.</param>
    /// <param name="columns">Width of x, a multiple of 8.</param>
    public void MultiplyPlaces(
        in DeviceMatrix weights, ExpertTile tile, int tiles, DevicePointer x, ExpertScratch scratch, DevicePointer y, int choices, int rows, int columns)
    {
        tile = TileOf(weights, tile);
        Multiply(_tiles[tile].Down, tile, tile.Rows, tiles, weights, x, scratch, y, choices, rows, columns);
    }

    /// <summary>The tile for weights of that type, where there is a kernel for it.</summary>
    private ExpertTile TileOf(in DeviceMatrix weights, ExpertTile tile) =>
        tile.OfType(weights) is { } its && _tiles.ContainsKey(its)
            ? its
            : throw new ArgumentException($"There is no kernel for {tile} and these weights.", nameof(tile));

    private void Add(ExpertTile tile, string source) => _tiles.Add(tile, (
        _gpu.Kernel(source, $"experts_gate_up_{tile.Suffix}", tile.SharedBytes), _gpu.Kernel(source, $"experts_down_{tile.Suffix}", tile.SharedBytes)));

    /// <param name="features">Of the output, that a block computes at a time.</param>
    private void Multiply(
        GpuKernel kernel, ExpertTile tile, int features, int tiles, in DeviceMatrix weights, DevicePointer x, ExpertScratch scratch, DevicePointer output,
        int choices, int rows, int columns)
    {
        var (across, block) = ((rows + features - 1) / features, new Dim3(32 * tile.Warps));
        if (tile.ByWarpgroups)
        {
            // A block per multiprocessor, or per job, where there are fewer.
            _gpu.Launch(
                kernel, new Dim3((int)Math.Min(_gpu.Properties.Multiprocessors, (long)across * tiles)), block, tile.SharedBytes,
                weights.Values, x, scratch.Order, scratch.TileExperts, output, choices, rows, columns, tiles);
        }
        else if (weights.IsFloat8)
        {
            _gpu.Launch(
                kernel, new Dim3(across, tiles), block, tile.SharedBytes,
                weights.Values, weights.Scales, x, scratch.Order, scratch.TileExperts, output, choices, rows, columns);
        }
        else
        {
            _gpu.Launch(
                kernel, new Dim3(across, tiles), block, tile.SharedBytes,
                weights.Values, x, scratch.Order, scratch.TileExperts, output, choices, rows, columns);
        }
    }
}
