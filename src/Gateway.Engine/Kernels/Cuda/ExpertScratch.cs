namespace Gateway.Engine.Kernels.Cuda;

/// <summary>Device memory that <see cref="ExpertKernels"/> works in; one serves all layers of a model, one after the other.</summary>
internal sealed class ExpertScratch : IDisposable
{
    private readonly IGpu _gpu;
    private readonly long _gateUpBytes;
    private readonly long _gatheredBytes;
    private readonly DeviceBuffer _inner;
    private readonly DeviceBuffer _outputs;
    private readonly DeviceBuffer? _counts;
    private readonly DeviceBuffer? _order;
    private readonly DeviceBuffer? _tileExperts;
    private DeviceBuffer? _gateUp;
    private DeviceBuffer? _gathered;

    /// <param name="gpu">The device.</param>
    /// <param name="type">T: of the activations.</param>
    /// <param name="maxTokens">Most tokens of a step, padded ones counted.</param>
    /// <param name="choices">Experts per token.</param>
    /// <param name="experts">Routed and shared experts.</param>
    /// <param name="hiddenSize">Width of the residual stream.</param>
    /// <param name="innerSize">Inner width of one expert.</param>
    public ExpertScratch(IGpu gpu, ElementType type, int maxTokens, int choices, int experts, int hiddenSize, int innerSize)
    {
        (_gpu, MaxTokens) = (gpu, maxTokens);
        var all = (long)maxTokens * choices;
        _gateUpBytes = all * 2 * innerSize * type.Size();
        _outputs = gpu.Allocate(all * hiddenSize * type.Size());
        if (ExpertKernels.IsSimple(type, hiddenSize, innerSize))
        {
            _inner = gpu.Allocate(all * innerSize * type.Size());
            _gateUp = gpu.Allocate(_gateUpBytes);
            return;
        }

        // No tile that may be asked for needs more places, or more tiles, than these.
        var places = ExpertTile.All.Max(tile => tile.MaxTiles(all, experts) * tile.Tokens);
        _inner = gpu.Allocate(places * innerSize * sizeof(ushort));
        _order = gpu.Allocate(places * sizeof(int));
        _tileExperts = gpu.Allocate(ExpertTile.All.Max(tile => tile.MaxTiles(all, experts)) * sizeof(int));
        _counts = gpu.Allocate((long)GroupedExperts.Segments(maxTokens) * experts * sizeof(int));
        _gatheredBytes = places * Math.Max(hiddenSize, innerSize) * sizeof(ushort);
    }

    /// <summary>Most tokens of a step.</summary>
    public int MaxTokens { get; }

    /// <summary>T [places, innerSize]: what gate and up gave, per choice or, sorted by expert, per place.</summary>
    public DevicePointer Inner => _inner.Pointer;

    /// <summary>T [tokens · choices, hiddenSize]: each choice's result.</summary>
    public DevicePointer Outputs => _outputs.Pointer;

    /// <summary>int32 [segments, experts]: tokens per segment and expert.</summary>
    public DevicePointer Counts => _counts!.Pointer;

    /// <summary>int32 [places]: the choice at each place, or -1.</summary>
    public DevicePointer Order => _order!.Pointer;

    /// <summary>int32 [tiles]: the expert of each tile of places, or -1.</summary>
    public DevicePointer TileExperts => _tileExperts!.Pointer;

    /// <summary>T [tokens · choices, 2 · innerSize]: gate, then up; where no fused kernel takes them, and for adapters.</summary>
    public DevicePointer GateUp => _gateUp!.Pointer;

    /// <summary>T [places, the larger width]: inputs of a product, sorted by expert; for adapters.</summary>
    public DevicePointer Gathered => _gathered!.Pointer;

    /// <summary>Makes room for adapters of experts, if there is none yet.</summary>
    public void ReserveAdapters()
    {
        _gateUp ??= _gpu.Allocate(_gateUpBytes);
        _gathered ??= _gatheredBytes > 0 ? _gpu.Allocate(_gatheredBytes) : null;
    }

    public void Dispose()
    {
        _inner.Dispose();
        _outputs.Dispose();
        _counts?.Dispose();
        _order?.Dispose();
        _tileExperts?.Dispose();
        _gateUp?.Dispose();
        _gathered?.Dispose();
    }
}
