namespace Gateway.Engine.Kernels.Cuda;

/// <summary>Device memory that <see cref="ExpertKernels"/> works in; one serves all layers of a model, one after the other.</summary>
internal sealed class ExpertScratch : IDisposable
{
    private readonly DeviceBuffer _inner;
    private readonly DeviceBuffer? _outputs;
    private readonly DeviceBuffer? _counts;
    private readonly DeviceBuffer? _order;
    private readonly DeviceBuffer? _tileExperts;

    /// <param name="gpu">The device.</param>
    /// <param name="type">Type of the activations.</param>
    /// <param name="maxTokens">Most tokens of a step, padded ones counted.</param>
    /// <param name="choices">Experts per token.</param>
    /// <param name="experts">Routed and shared experts.</param>
    /// <param name="hiddenSize">Width of the residual stream.</param>
    /// <param name="innerSize">Inner width of one expert.</param>
    public ExpertScratch(IGpu gpu, ElementType type, int maxTokens, int choices, int experts, int hiddenSize, int innerSize)
    {
        MaxTokens = maxTokens;
        var all = (long)maxTokens * choices;
        if (type == ElementType.Float32 || maxTokens <= ExpertKernels.MaxFewTokens)
        {
            _inner = gpu.Allocate(all * innerSize * type.Size());
            return;
        }

        // No tile that may be asked for needs more places, or more tiles, than these.
        var places = ExpertTile.All.Max(tile => tile.MaxTiles(all, experts) * tile.Tokens);
        _inner = gpu.Allocate(places * innerSize * sizeof(ushort));
        _outputs = gpu.Allocate(all * hiddenSize * sizeof(ushort));
        _order = gpu.Allocate(places * sizeof(int));
        _tileExperts = gpu.Allocate(ExpertTile.All.Max(tile => tile.MaxTiles(all, experts)) * sizeof(int));
        _counts = gpu.Allocate((long)ExpertKernels.Segments(maxTokens) * experts * sizeof(int));
    }

    /// <summary>Most tokens of a step.</summary>
    public int MaxTokens { get; }

    /// <summary>T [places, innerSize]: what gate and up gave, per choice or, sorted by expert, per place.</summary>
    public DevicePointer Inner => _inner.Pointer;

    /// <summary>T [choices, hiddenSize]: each choice's result.</summary>
    public DevicePointer Outputs => _outputs!.Pointer;

    /// <summary>int32 [segments, experts]: tokens per segment and expert.</summary>
    public DevicePointer Counts => _counts!.Pointer;

    /// <summary>int32 [places]: the choice at each place, or -1.</summary>
    public DevicePointer Order => _order!.Pointer;

    /// <summary>int32 [tiles]: the expert of each tile of places, or -1.</summary>
    public DevicePointer TileExperts => _tileExperts!.Pointer;

    public void Dispose()
    {
        _inner.Dispose();
        _outputs?.Dispose();
        _counts?.Dispose();
        _order?.Dispose();
        _tileExperts?.Dispose();
    }
}
