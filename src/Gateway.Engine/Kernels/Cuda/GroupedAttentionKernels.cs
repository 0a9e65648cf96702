namespace Gateway.Engine.Kernels.Cuda;

/// <summary>Grouped-query attention over the paged cache of one layer, a row of which is all keys of a token and then all its values.</summary>
/// <remarks>
/// T below is the element type. Row strides are in elements and multiples of 8; pointers are aligned to 16 bytes. The fast kernels serve
/// bfloat16 with heads of 64 or 128 channels, and at most 16 query heads per key head when decoding; everything else goes through reference
/// kernels.
/// </remarks>
internal sealed class GroupedAttentionKernels : IDisposable
{
    private const string Source = "attention_grouped.cu";

    // As the kernels have them.
    private const int WarpSize = 32;
    private const int Block = 128;
    private const int WriteWarps = 4;
    private const int DecodeWarps = 4;
    private const int DecodeTile = 16;
    private const int MaxFastGroup = 16;
    private const int ReferenceExtraFloats = 260;

    // Elements that pad a row in shared memory, so that rows do not meet in one bank.
    private const int Pad = 8;

    private readonly IGpu _gpu;
    private readonly GroupedKernelShape _shape;
    private readonly int _blockSize;
    private readonly int _maxTokens;
    private readonly AttentionTuning _tuning;
    private readonly SplitPlan _splits;
    private readonly GpuKernel _write;
    private readonly GpuKernel? _attend;
    private readonly GpuKernel? _decode;
    private readonly GpuKernel? _prefill;

    /// <summary>float32 [tokens, key heads, splits, group, channels]</summary>
    private readonly DeviceBuffer? _partial;

    /// <summary>float32 [tokens, key heads, splits, group, 2]</summary>
    private readonly DeviceBuffer? _statistics;

    /// <summary>int32 [tokens, key heads], zeros between launches.</summary>
    private readonly DeviceBuffer? _tickets;

    /// <param name="gpu">The device.</param>
    /// <param name="type">T.</param>
    /// <param name="shape">Dimensions; the same in all layers.</param>
    /// <param name="blockSize">Rows of the cache per block.</param>
    /// <param name="maxAttendTokens">Most tokens that <see cref="Attend"/> will get at once; sizes the workspace.</param>
    /// <param name="tuning">For sweeps; null takes the default.</param>
    public GroupedAttentionKernels(
        IGpu gpu, ElementType type, GroupedKernelShape shape, int blockSize, int maxAttendTokens, AttentionTuning? tuning = null)
    {
        _gpu = gpu;
        _shape = shape;
        _blockSize = blockSize;
        _maxTokens = maxAttendTokens;
        _tuning = tuning ?? AttentionTuning.Grouped;
        _splits = new SplitPlan(_tuning, gpu.Properties.Multiprocessors);
        var suffix = type == ElementType.Float32 ? "f32" : "bf16";
        _write = gpu.Kernel(Source, $"grouped_write_{suffix}");
        if (type == ElementType.BFloat16 && shape.HeadDim is (64 or 128))
        {
            _prefill = gpu.Kernel(Source, $"grouped_prefill_{shape.HeadDim}_{_tuning.PrefillTile}", PrefillSharedBytes);
        }

        if (_prefill is not null && shape.GroupSize <= MaxFastGroup)
        {
            var shares = (long)_tuning.MaxShares(maxAttendTokens, shape.KeyValueHeads, gpu.Properties.Multiprocessors) * shape.Heads;
            _decode = gpu.Kernel(Source, $"grouped_decode_{shape.HeadDim}_{_tuning.DecodeTile}", DecodeSharedBytes);
            _partial = gpu.Allocate(shares * shape.HeadDim * sizeof(float));
            _statistics = gpu.Allocate(shares * 2 * sizeof(float));
            _tickets = gpu.Allocate((long)maxAttendTokens * shape.KeyValueHeads * sizeof(int));
            gpu.Fill(_tickets.Pointer, 0, _tickets.ByteCount);
        }
        else
        {
            _attend = gpu.Kernel(Source, $"grouped_attend_{suffix}", ReferenceSharedBytes);
        }
    }

    /// <summary>Whether <see cref="Prefill"/> may be called; otherwise all tokens go through <see cref="Attend"/>.</summary>
    public bool HasPrefill => _prefill is not null;

    private int PrefillSharedBytes =>
        ((_tuning.PrefillQueries + (2 * _tuning.PrefillKeys)) * (_shape.HeadDim + Pad) * sizeof(ushort)) + (2 * _tuning.PrefillKeys * sizeof(int));

    private int DecodeSharedBytes => DecodeWarps * _tuning.DecodeStages * 2 * DecodeTile * (_shape.HeadDim + Pad) * sizeof(ushort);

    private int ReferenceSharedBytes => ((2 * _shape.HeadDim) + ReferenceExtraFloats) * sizeof(float);

    /// <summary>The softmax is taken with powers of 2.</summary>
    private float Scale => (float)(_shape.Scale * Math.Log2(Math.E));

    /// <summary>Norms (where there are weights) and turns the query heads in place and the key heads into the cache, and copies the values there.</summary>
    /// <param name="tokens">All tokens of the step.</param>
    /// <param name="projected">T [tokens, (heads + 2 * keyValueHeads) * headDim]: queries, keys, values, biases added.</param>
    /// <param name="stride">Elements from one token's row to the next's.</param>
    /// <param name="queryNorm">float32 [headDim], or null (Qwen3's q_norm).</param>
    /// <param name="keyNorm">float32 [headDim], or null together with <paramref name="queryNorm"/>.</param>
    /// <param name="cache">T [slots, 2 * keyValueHeads * headDim] of this layer.</param>
    public void WriteKeysValues(
        in DeviceTokens tokens, DevicePointer projected, long stride, DevicePointer queryNorm, DevicePointer keyNorm, DevicePointer cache)
    {
        if (tokens.Count > 0)
        {
            var heads = _shape.Heads + (2 * _shape.KeyValueHeads);
            _gpu.Launch(
                _write, new Dim3(tokens.Count, (heads + WriteWarps - 1) / WriteWarps), new Dim3(Block), 0, projected, stride, queryNorm, keyNorm,
                _shape.NormEpsilon, tokens.Cos, tokens.Sin, tokens.Slots, cache, _shape.Heads, _shape.KeyValueHeads, _shape.HeadDim);
        }
    }

    /// <summary>Attention of each token to the cache up to its own position; tokens of one sequence may be several.</summary>
    /// <param name="tokens">The tokens, written before by <see cref="WriteKeysValues"/>. Rows of padding come out as zeros.</param>
    /// <param name="maxContext">Upper bound of position + 1 of all tokens; with a graph, of all its replays.</param>
    /// <param name="q">T [tokens, heads, headDim], as <see cref="WriteKeysValues"/> left it.</param>
    /// <param name="qStride">Elements from one token's queries to the next's.</param>
    /// <param name="cache">T [slots, 2 * keyValueHeads * headDim] of this layer.</param>
    /// <param name="output">T [tokens, heads * headDim].</param>
    public void Attend(in DeviceTokens tokens, int maxContext, DevicePointer q, long qStride, DevicePointer cache, DevicePointer output)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens.Count, _maxTokens);
        if (tokens.Count == 0)
        {
            return;
        }

        if (_decode is null)
        {
            _gpu.Launch(
                _attend!, new Dim3(tokens.Count, _shape.Heads), new Dim3(Block), ReferenceSharedBytes, q, qStride, cache, tokens.Positions, tokens.Sequences,
                tokens.Slots, tokens.BlockTables, tokens.MaxBlocks, _blockSize, _shape.KeyValueHeads, _shape.HeadDim, _shape.Scale, output);
            return;
        }

        var splits = _splits.For(tokens.Count * _shape.KeyValueHeads, maxContext);
        _gpu.Launch(
            _decode, new Dim3(splits, _shape.KeyValueHeads, tokens.Count), new Dim3(Block), DecodeSharedBytes, q, qStride, cache, tokens.Positions,
            tokens.Sequences, tokens.Slots, tokens.BlockTables, tokens.MaxBlocks, _blockSize, _shape.GroupSize, Scale, _partial!, _statistics!, _tickets!,
            output);
    }

    /// <summary>Attention of many consecutive tokens per sequence to the whole context. Only where <see cref="HasPrefill"/>.</summary>
    /// <param name="slabs"><see cref="ContextSlab"/> [count] on the device, each from 0 and <see cref="ContextPart.Whole"/>; the rows are not used.</param>
    /// <param name="count">Number of slabs.</param>
    /// <param name="maxTokenCount">Upper bound of their token counts.</param>
    /// <param name="blockTables">As in <see cref="DeviceTokens"/>.</param>
    /// <param name="maxBlocks">As in <see cref="DeviceTokens"/>.</param>
    /// <param name="q">T [tokens, heads, headDim], as <see cref="WriteKeysValues"/> left it; row 0 is the step's first token.</param>
    /// <param name="qStride">Elements from one token's queries to the next's.</param>
    /// <param name="cache">T [slots, 2 * keyValueHeads * headDim] of this layer.</param>
    /// <param name="output">T [tokens, heads * headDim].</param>
    public void Prefill(
        DevicePointer slabs, int count, int maxTokenCount, DevicePointer blockTables, int maxBlocks, DevicePointer q, long qStride, DevicePointer cache,
        DevicePointer output)
    {
        if (count > 0 && maxTokenCount > 0)
        {
            var kernel = _prefill ?? throw new InvalidOperationException("This shape or element type has no prefill kernel; see HasPrefill.");
            var tiles = (maxTokenCount + _tuning.PrefillQueries - 1) / _tuning.PrefillQueries;
            _gpu.Launch(
                kernel, new Dim3(tiles, _shape.Heads, count), new Dim3(WarpSize * _tuning.PrefillWarps), PrefillSharedBytes, slabs, blockTables, maxBlocks,
                _blockSize, q, qStride, cache, _shape.KeyValueHeads, Scale, output);
        }
    }

    public void Dispose()
    {
        _partial?.Dispose();
        _statistics?.Dispose();
        _tickets?.Dispose();
    }
}
