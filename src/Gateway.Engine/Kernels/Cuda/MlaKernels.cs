namespace Gateway.Engine.Kernels.Cuda;

/// <summary>
/// Multi-head latent attention over the paged cache of one layer, a row of which is the normed latent of a token and then its turned shared key.
/// Tokens either attend to the latents themselves (<see cref="Attend"/>, absorbed form: cheap for few tokens per sequence, exact for any) or to
/// keys and values expanded from them (<see cref="Prefill"/>, for long prompts).
/// </summary>
/// <remarks>
/// T below is the element type. Row strides are in elements and multiples of 8; pointers are aligned to 16 bytes. The fast kernels serve
/// bfloat16 with latent rank 512, 64 rotated channels, 128 others and values of 128 in a multiple of 16 heads; everything else goes through
/// reference kernels and <see cref="IGpu.Multiply"/>.
/// </remarks>
internal sealed class MlaKernels : IDisposable
{
    private const string Source = "attention_mla.cu";
    private const string PrefillSource = "attention_mla_prefill.cu";
    private const int FastRank = 512;
    private const int FastRope = 64;
    private const int FastNope = 128;
    private const int FastValue = 128;

    // As the kernels have them.
    private const int WarpSize = 32;
    private const int SmallBlock = 128;
    private const int WideBlock = 256;
    private const int HeadTile = 16;
    private const int MaxSplits = 128;
    private const int PrepareColumns = 64;
    private const int PrepareWarps = 4;
    private const int ExpandTokens = 16;
    private const int GatherRows = 8;
    private const int ReferenceExtraFloats = 260;

    private readonly IGpu _gpu;
    private readonly ElementType _type;
    private readonly MlaShape _shape;
    private readonly int _blockSize;
    private readonly int _maxTokens;
    private readonly AttentionTuning _tuning;
    private readonly SplitPlan _splits;
    private readonly GpuKernel _write;
    private readonly FastKernels? _fast;
    private readonly GpuKernel? _copyTurned;
    private readonly GpuKernel? _attend;
    private readonly int _referenceSharedBytes;

    /// <summary>T [tokens, heads, latentRank + rope]</summary>
    private readonly DeviceBuffer _absorbed;

    /// <summary>T [tokens, heads, latentRank]; with fast kernels only for adapters.</summary>
    private DeviceBuffer? _attended;

    private AdapterKernels? _adapters;

    /// <param name="gpu">The device.</param>
    /// <param name="type">T.</param>
    /// <param name="shape">Dimensions; the same in all layers.</param>
    /// <param name="blockSize">Rows of the cache per block.</param>
    /// <param name="maxAbsorbedTokens">Most tokens that <see cref="Attend"/> will get at once; sizes the workspace.</param>
    /// <param name="tuning">For sweeps; null takes the default.</param>
    public MlaKernels(IGpu gpu, ElementType type, MlaShape shape, int blockSize, int maxAbsorbedTokens, AttentionTuning? tuning = null)
    {
        _gpu = gpu;
        _type = type;
        _shape = shape;
        _blockSize = blockSize;
        _maxTokens = maxAbsorbedTokens;
        _tuning = tuning ?? AttentionTuning.Mla;
        _splits = new SplitPlan(_tuning, gpu.Properties.Multiprocessors);
        var suffix = type == ElementType.Float32 ? "f32" : "bf16";
        var elementBytes = type.Size();
        _write = gpu.Kernel(Source, $"mla_write_{suffix}");
        _absorbed = gpu.Allocate((long)maxAbsorbedTokens * shape.Heads * shape.CacheWidth * elementBytes);
        _fast = type == ElementType.BFloat16
            && shape is { LatentRank: FastRank, NopeDim: FastNope, RopeDim: FastRope, ValueDim: FastValue }
            && shape.Heads % HeadTile == 0
                ? new FastKernels(gpu, shape, maxAbsorbedTokens, _tuning)
                : null;
        if (_fast is null)
        {
            _referenceSharedBytes = sizeof(float) * (shape.CacheWidth + shape.LatentRank + ReferenceExtraFloats);
            _copyTurned = gpu.Kernel(Source, $"mla_copy_turned_{suffix}");
            _attend = gpu.Kernel(Source, $"mla_attend_{suffix}", _referenceSharedBytes);
            _attended = AllocateAttended();
        }
    }

    /// <summary>Whether <see cref="GatherLatents"/> and <see cref="Prefill"/> may be called; otherwise all tokens go through <see cref="Attend"/>.</summary>
    public bool HasPrefill => _fast is not null;

    /// <summary>From now on <see cref="Attend"/> may be given adapters.</summary>
    public void Use(AdapterKernels adapters)
    {
        _adapters = adapters;
        _attended ??= AllocateAttended();
    }

    /// <summary>
    /// Norms and turns the latents of the tokens into the cache, and turns the queries in place. For steps that mix prompts and decoding, or prompts only.
    /// </summary>
    /// <param name="tokens">All tokens of the step.</param>
    /// <param name="q">T [tokens, heads, nope + rope], rows <paramref name="qStride"/> apart.</param>
    /// <param name="qStride">Elements from one token's queries to the next's.</param>
    /// <param name="latents">T [tokens, latentRank + rope], output of kv_a_proj_with_mqa. May lie in the same rows as q.</param>
    /// <param name="latentStride">Elements from one token's latents to the next's.</param>
    /// <param name="normWeight">float32 [latentRank].</param>
    /// <param name="cache">T [slots, latentRank + rope] of this layer.</param>
    public void WriteLatents(
        in DeviceTokens tokens, DevicePointer q, long qStride, DevicePointer latents, long latentStride, DevicePointer normWeight, DevicePointer cache)
    {
        if (tokens.Count > 0)
        {
            _gpu.Launch(
                _write, new Dim3(tokens.Count), new Dim3(SmallBlock), 0, q, qStride, latents, latentStride, normWeight, _shape.NormEpsilon,
                tokens.Cos, tokens.Sin, tokens.Slots, cache, _shape.Heads, _shape.QueryDim, _shape.LatentRank, _shape.RopeDim);
        }
    }

    /// <summary>Attention of each token to the cache up to its own position, in absorbed form; tokens of one sequence may be several.</summary>
    /// <param name="tokens">The tokens, written to the cache before by <see cref="WriteLatents"/>. Rows of padding come out as zeros.</param>
    /// <param name="maxContext">Upper bound of position + 1 of all tokens; with a graph, of all its replays.</param>
    /// <param name="q">T, as <see cref="WriteLatents"/> left it.</param>
    /// <param name="qStride">Elements from one token's queries to the next's.</param>
    /// <param name="keyValueWeight">T [heads * (nope + value), latentRank], kv_b_proj: per head the rows of the keys, then those of the values.</param>
    /// <param name="cache">T [slots, latentRank + rope] of this layer.</param>
    /// <param name="output">T [tokens, heads * value].</param>
    /// <param name="adapters">What adapters add to kv_b_proj, after <see cref="Use"/>; none by default.</param>
    public void Attend(
        in DeviceTokens tokens, int maxContext, DevicePointer q, long qStride, DevicePointer keyValueWeight, DevicePointer cache, DevicePointer output,
        in DeviceAdapters adapters = default)
    {
        if (_fast is null)
        {
            AttendPlainly(tokens, q, qStride, keyValueWeight, cache, output, adapters);
        }
        else
        {
            AttendFast(_fast, tokens, maxContext, q, qStride, default, 0, default, keyValueWeight, cache, output, adapters);
        }
    }

    /// <summary>
    /// <see cref="WriteLatents"/> and <see cref="Attend"/> in one, with fewer launches: for steps that only decode. What q holds afterwards is undefined.
    /// </summary>
    /// <inheritdoc cref="Attend"/>
    public void WriteAndAttend(
        in DeviceTokens tokens, int maxContext, DevicePointer q, long qStride, DevicePointer latents, long latentStride, DevicePointer normWeight,
        DevicePointer keyValueWeight, DevicePointer cache, DevicePointer output, in DeviceAdapters adapters = default)
    {
        if (_fast is null)
        {
            WriteLatents(tokens, q, qStride, latents, latentStride, normWeight, cache);
            AttendPlainly(tokens, q, qStride, keyValueWeight, cache, output, adapters);
        }
        else
        {
            AttendFast(_fast, tokens, maxContext, q, qStride, latents, latentStride, normWeight, keyValueWeight, cache, output, adapters);
        }
    }

    /// <summary>Copies the cache rows of slabs to consecutive rows, for kv_b_proj to expand.</summary>
    /// <param name="slabs"><see cref="ContextSlab"/> [count] on the device.</param>
    /// <param name="count">Number of slabs.</param>
    /// <param name="maxLength">Upper bound of their lengths.</param>
    /// <param name="blockTables">As in <see cref="DeviceTokens"/>.</param>
    /// <param name="maxBlocks">As in <see cref="DeviceTokens"/>.</param>
    /// <param name="cache">T [slots, latentRank + rope] of this layer.</param>
    /// <param name="gathered">T [rows, latentRank + rope]; a slab goes to the rows from its <see cref="ContextSlab.FirstRow"/> on.</param>
    public void GatherLatents(
        DevicePointer slabs, int count, int maxLength, DevicePointer blockTables, int maxBlocks, DevicePointer cache, DevicePointer gathered)
    {
        if (count > 0 && maxLength > 0)
        {
            _gpu.Launch(
                Fast.Gather, new Dim3(DivideUp(maxLength, GatherRows), count), new Dim3(WideBlock), 0, slabs, blockTables, maxBlocks, _blockSize, cache,
                gathered);
        }
    }

    /// <summary>Attention of the queries of slabs to the keys and values that were expanded for them. Only where <see cref="HasPrefill"/>.</summary>
    /// <param name="slabs"><see cref="ContextSlab"/> [count] on the device; no token may be in two of them.</param>
    /// <param name="count">Number of slabs.</param>
    /// <param name="maxTokenCount">Upper bound of their token counts.</param>
    /// <param name="q">T, as <see cref="WriteLatents"/> left it; row 0 is the step's first token.</param>
    /// <param name="qStride">Elements from one token's queries to the next's.</param>
    /// <param name="gathered">T [rows, latentRank + rope] from <see cref="GatherLatents"/>: the shared keys.</param>
    /// <param name="expanded">T [rows, heads * (nope + value)]: the product of the gathered latents and kv_b_proj.</param>
    /// <param name="state">
    /// float32 [tokens, heads, value + 2], kept from one slab of the same queries to the next; null if all slabs are
    /// <see cref="ContextPart.Whole"/>.
    /// </param>
    /// <param name="output">T [tokens, heads * value]; written for the tokens of slabs that are <see cref="ContextPart.Last"/>.</param>
    public void Prefill(
        DevicePointer slabs, int count, int maxTokenCount, DevicePointer q, long qStride, DevicePointer gathered, DevicePointer expanded,
        DevicePointer state, DevicePointer output)
    {
        if (count > 0 && maxTokenCount > 0)
        {
            var grid = new Dim3(DivideUp(maxTokenCount, _tuning.PrefillQueries), _shape.Heads, count);
            _gpu.Launch(
                Fast.Prefill, grid, new Dim3(WarpSize * _tuning.PrefillWarps), FastKernels.PrefillSharedBytes(_tuning), slabs, q, qStride, gathered,
                expanded, Scale, state, output);
        }
    }

    public void Dispose()
    {
        _absorbed.Dispose();
        _attended?.Dispose();
        _fast?.Dispose();
    }

    private FastKernels Fast => _fast ?? throw new InvalidOperationException("This shape or element type has no prefill kernels; see HasPrefill.");

    /// <summary>The softmax is taken with powers of 2.</summary>
    private float Scale => (float)(_shape.Scale * Math.Log2(Math.E));

    private static int DivideUp(int value, int divisor) => (value + divisor - 1) / divisor;

    /// <summary>One launch prepares, one attends, one merges and expands. Null latents: they are in the cache, and the queries are turned.</summary>
    private void AttendFast(
        FastKernels fast, in DeviceTokens tokens, int maxContext, DevicePointer q, long qStride, DevicePointer latents, long latentStride,
        DevicePointer normWeight, DevicePointer keyValueWeight, DevicePointer cache, DevicePointer output, in DeviceAdapters adapters)
    {
        if (!Check(tokens))
        {
            return;
        }

        var (prepareRows, prepare) = fast.PrepareFor(tokens.Count);
        var prepareGrid = new Dim3((_shape.Heads * FastRank / PrepareColumns) + (prepareRows / PrepareWarps), DivideUp(tokens.Count, prepareRows));
        _gpu.Launch(
            prepare, prepareGrid, new Dim3(SmallBlock), 0, q, qStride, latents, latentStride, normWeight, _shape.NormEpsilon, tokens.Cos, tokens.Sin,
            tokens.Slots, keyValueWeight, cache, tokens.Count, _shape.Heads, _absorbed);
        _adapters?.Absorb(adapters, tokens.Count, _shape, q, qStride, _absorbed.Pointer);
        var headTiles = _shape.Heads / HeadTile;
        var splits = _splits.For(headTiles * tokens.Count, maxContext);
        _gpu.Launch(
            fast.Decode, new Dim3(splits, headTiles, tokens.Count), new Dim3(WideBlock), FastKernels.DecodeSharedBytes(_tuning), _absorbed, cache,
            tokens.Positions, tokens.Sequences, tokens.Slots, tokens.BlockTables, tokens.MaxBlocks, _blockSize, Scale, fast.Partial, fast.Statistics);

        var (expandColumns, expand) = fast.ExpandFor(tokens.Count);
        _gpu.Launch(
            expand, new Dim3(_shape.Heads, FastValue / expandColumns, DivideUp(tokens.Count, ExpandTokens)), new Dim3(SmallBlock),
            FastKernels.ExpandSharedBytes(expandColumns), fast.Partial, fast.Statistics, splits, keyValueWeight, tokens.Count, output);
        if (!adapters.IsEmpty)
        {
            _gpu.Launch(fast.Merge, new Dim3(_shape.Heads, tokens.Count), new Dim3(SmallBlock), 0, fast.Partial, fast.Statistics, splits, _attended!);
            _adapters!.AddValues(adapters, tokens.Count, _shape, _attended!.Pointer, output);
        }
    }

    private void AttendPlainly(
        in DeviceTokens tokens, DevicePointer q, long qStride, DevicePointer keyValueWeight, DevicePointer cache, DevicePointer output,
        in DeviceAdapters adapters)
    {
        if (!Check(tokens))
        {
            return;
        }

        var elementBytes = _type.Size();
        _gpu.Multiply(new DeviceProduct
        {
            X = q,
            W = keyValueWeight,
            Y = _absorbed.Pointer,
            Input = _type,
            Output = _type,
            M = tokens.Count,
            N = _shape.LatentRank,
            K = _shape.NopeDim,
            XStride = qStride,
            WStride = _shape.LatentRank,
            YStride = (long)_shape.Heads * _shape.CacheWidth,
            WIsTransposed = true,
            Batch = _shape.Heads,
            XBatchStride = _shape.QueryDim,
            WBatchStride = (long)_shape.ExpandedDim * _shape.LatentRank,
            YBatchStride = _shape.CacheWidth,
        });
        _adapters?.Absorb(adapters, tokens.Count, _shape, q, qStride, _absorbed.Pointer);
        _gpu.Launch(
            _copyTurned!, new Dim3(tokens.Count), new Dim3(SmallBlock), 0, q, qStride, _absorbed, _shape.Heads, _shape.QueryDim, _shape.LatentRank,
            _shape.RopeDim);
        _gpu.Launch(
            _attend!, new Dim3(tokens.Count, _shape.Heads), new Dim3(SmallBlock), _referenceSharedBytes, _absorbed, cache, tokens.Positions, tokens.Sequences,
            tokens.Slots, tokens.BlockTables, tokens.MaxBlocks, _blockSize, _shape.LatentRank, _shape.RopeDim, _shape.Scale, _attended!);
        _gpu.Multiply(new DeviceProduct
        {
            X = _attended!.Pointer,
            W = keyValueWeight + ((long)_shape.NopeDim * _shape.LatentRank * elementBytes),
            Y = output,
            Input = _type,
            Output = _type,
            M = tokens.Count,
            N = _shape.ValueDim,
            K = _shape.LatentRank,
            XStride = (long)_shape.Heads * _shape.LatentRank,
            WStride = _shape.LatentRank,
            YStride = (long)_shape.Heads * _shape.ValueDim,
            Batch = _shape.Heads,
            XBatchStride = _shape.LatentRank,
            WBatchStride = (long)_shape.ExpandedDim * _shape.LatentRank,
            YBatchStride = _shape.ValueDim,
        });
        _adapters?.AddValues(adapters, tokens.Count, _shape, _attended.Pointer, output);
    }

    private DeviceBuffer AllocateAttended() => _gpu.Allocate((long)_maxTokens * _shape.Heads * _shape.LatentRank * _type.Size());

    /// <summary>False if there is nothing to do.</summary>
    private bool Check(in DeviceTokens tokens)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens.Count, _maxTokens);
        return tokens.Count > 0;
    }

    /// <summary>The tuned kernels of attention_mla.cu and attention_mla_prefill.cu, and the workspace of the decode kernel.</summary>
    private sealed class FastKernels : IDisposable
    {
        // Elements that pad a row in shared memory, so that rows do not meet in one bank.
        private const int Pad = 8;
        private const int FewTokens = 16;

        private readonly GpuKernel _prepareFew;
        private readonly GpuKernel _prepareMany;
        private readonly GpuKernel _expandFew;
        private readonly GpuKernel _expandSome;
        private readonly GpuKernel _expandMany;

        public FastKernels(IGpu gpu, MlaShape shape, int maxTokens, AttentionTuning tuning)
        {
            _prepareFew = gpu.Kernel(Source, "mla_prepare_16");
            _prepareMany = gpu.Kernel(Source, "mla_prepare_64");
            _expandFew = gpu.Kernel(Source, "mla_expand_16", ExpandSharedBytes(16));
            _expandSome = gpu.Kernel(Source, "mla_expand_32", ExpandSharedBytes(32));
            _expandMany = gpu.Kernel(Source, "mla_expand_64", ExpandSharedBytes(64));
            Decode = gpu.Kernel(Source, $"mla_decode_{tuning.DecodeTile}", DecodeSharedBytes(tuning));
            Merge = gpu.Kernel(Source, "mla_merge");
            Gather = gpu.Kernel(PrefillSource, "mla_gather");
            Prefill = gpu.Kernel(PrefillSource, $"mla_prefill_{tuning.PrefillTile}", PrefillSharedBytes(tuning));
            var rows = (long)tuning.MaxShares(maxTokens, shape.Heads / HeadTile, gpu.Properties.Multiprocessors) * shape.Heads;
            Partial = gpu.Allocate(rows * FastRank * sizeof(float));
            Statistics = gpu.Allocate(rows * 2 * sizeof(float));
        }

        public GpuKernel Decode { get; }

        public GpuKernel Merge { get; }

        public GpuKernel Gather { get; }

        public GpuKernel Prefill { get; }

        /// <summary>float32 [tokens, heads / 16, splits, 16, rank]</summary>
        public DeviceBuffer Partial { get; }

        /// <summary>float32 [tokens, heads / 16, splits, 16, 2]</summary>
        public DeviceBuffer Statistics { get; }

        public static int DecodeSharedBytes(AttentionTuning tuning)
        {
            var tile = tuning.DecodeTokens;
            var parts = WideBlock / WarpSize / (tile / HeadTile);
            return (tuning.DecodeStages * tile * (FastRank + FastRope + Pad) * sizeof(ushort)) + (parts * HeadTile * (tile + Pad) * sizeof(float))
                + (HeadTile * (tile + Pad) * sizeof(ushort)) + (HeadTile * sizeof(float));
        }

        public static int ExpandSharedBytes(int columns) =>
            ((columns + ExpandTokens) * (FastRank + Pad) * sizeof(ushort)) + (ExpandTokens * MaxSplits * sizeof(float)) + (ExpandTokens * sizeof(int))
            + (SmallBlock / WarpSize * ExpandTokens * columns * sizeof(float));

        public static int PrefillSharedBytes(AttentionTuning tuning) =>
            (((tuning.PrefillQueries + tuning.PrefillKeys) * (FastNope + FastRope + Pad)) + (tuning.PrefillKeys * (FastValue + Pad))) * sizeof(ushort)
            + (2 * tuning.PrefillKeys * sizeof(int));

        /// <summary>The kernel, and how many tokens its blocks have.</summary>
        public (int Rows, GpuKernel Kernel) PrepareFor(int tokens) => tokens <= 3 * FewTokens ? (16, _prepareFew) : (64, _prepareMany);

        /// <summary>The kernel, and how many columns its blocks have: the more tokens there are, the fewer blocks may merge the same splits.</summary>
        public (int Columns, GpuKernel Kernel) ExpandFor(int tokens) =>
            tokens <= FewTokens ? (16, _expandFew) : tokens <= 2 * FewTokens ? (32, _expandSome) : (64, _expandMany);

        public void Dispose()
        {
            Partial.Dispose();
            Statistics.Dispose();
        }
    }
}
