using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Backends.Cuda;

/// <summary>
/// Computes on an NVIDIA GPU: in bfloat16 with float32 sums and a float32 residual stream, or, to be compared with other
/// implementations, in float32 throughout.
/// </summary>
internal sealed class CudaBackend : IBackend
{
    /// <summary>Up to so many tokens the weights' way from memory is all that counts, and layers take other kernels.</summary>
    public const int FewTokens = LinearKernels.MaxTokens;

    private readonly CudaOptions _options;
    private readonly List<CudaRows> _rows = [];
    private readonly List<CudaAngles> _angles = [];
    private readonly List<CudaKvCache> _caches = [];
    private readonly List<IDisposable> _owned = [];
    private readonly Dictionary<LatentAttentionShape, MlaKernels> _latentKernels = [];
    private readonly Dictionary<GroupedAttentionShape, GroupedAttentionKernels> _groupedKernels = [];
    private readonly Dictionary<(int Choices, int Experts, int Hidden, int Inner), ExpertScratch> _expertScratch = [];

    private CudaStep? _step;
    private CudaKvCache? _cache;
    private StepBatch? _loaded;
    private CudaHead? _head;
    private bool _adaptsLatents;
    private long _tableEntries;

    /// <param name="gpu">The device; the backend owns it.</param>
    /// <param name="type">What to compute in.</param>
    /// <param name="options">Sizes.</param>
    public CudaBackend(IGpu gpu, ElementType type, CudaOptions options)
    {
        Joining = options.JoinsLaunches ? new JoiningGpu(gpu) { PrefetchBytes = options.PrefetchBytes } : null;
        (Gpu, Type, _options) = (Joining ?? gpu, type, options);
        Weights = new CudaWeights(Gpu, type);
        Scratch = new CudaScratch(Gpu, type, options.MaxTokens);
        Elementwise = new ElementwiseKernels(Gpu, type);
        Linear = new LinearKernels(Gpu, type);
        Adapters = new AdapterKernels(Gpu, type);
        Experts = new ExpertKernels(Gpu, type, Elementwise, Adapters);
        Matrices = new CudaMatrices(Gpu, type, Weights, Scratch, Linear, Experts, Math.Max(options.MaxTokens, options.MaxLogitRows));
        Router = new RouterKernels(Gpu, type);
        if (Joining is not null)
        {
            // Their blocks stay where they are, one per multiprocessor: each takes all of its rows in one go.
            (Linear.BlocksPerMultiprocessor, Experts.GateUpRowsPerBlock) = (1, ExpertKernels.GateUpRowsWhenJoined);
        }
    }

    public string Description => $"{Gpu.Properties.Name}, {(Type == ElementType.BFloat16 ? "bfloat16" : "float32")}";

    public ComputeDevice Kind => ComputeDevice.Cuda;

    public int CacheBytesPerValue => Type.Size();

    public int AdapterBytesPerValue => Type.Size();

    public long MemoryBytes => Gpu.Properties.TotalBytes;

    /// <summary>
    /// What a cache may take beside the model that was built and the buffers of its steps, in bytes. A twentieth of the memory is left to what is not known before:
    /// kernels, graphs, block tables.
    /// </summary>
    public long SpareBytes
    {
        get
        {
            Scratch.Allocate();
            return Gpu.FreeBytes - (MemoryBytes / 20);
        }
    }

    /// <summary>What everything here is enqueued on; with <see cref="CudaOptions.JoinsLaunches"/> not the device that the backend was given.</summary>
    public IGpu Gpu { get; }

    /// <summary>What joins launches; null without <see cref="CudaOptions.JoinsLaunches"/>.</summary>
    public JoiningGpu? Joining { get; }

    public ElementType Type { get; }

    public int MaxTokens => _options.MaxTokens;

    /// <summary>Rows of context that prompts expand at once.</summary>
    public int SlabRows => _options.SlabRows;

    /// <summary>Tile of the experts' products for many tokens, for experiments; null: by their number.</summary>
    public ExpertTile? ExpertTile { get; set; }

    public CudaWeights Weights { get; }

    public CudaScratch Scratch { get; }

    public ElementwiseKernels Elementwise { get; }

    public LinearKernels Linear { get; }

    public ExpertKernels Experts { get; }

    public CudaMatrices Matrices { get; }

    public RouterKernels Router { get; }

    public AdapterKernels Adapters { get; }

    public CudaStep Step => _step ?? throw new InvalidOperationException("No step has begun.");

    public CudaKvCache Cache => _cache ?? throw new InvalidOperationException("No step has begun.");

    public IForwardObserver? Observer { get; private set; }

    private bool HasPrefill =>
        _latentKernels.Values.Any(kernels => kernels.HasPrefill) || _groupedKernels.Values.Any(kernels => kernels.HasPrefill);

    /// <summary>float32 [rows, vocabulary]: of the step that ran last.</summary>
    public DevicePointer Logits => Scratch["logits"];

    /// <remarks>
    /// Of 8-bit weights it is not known here which layer takes them, and embeddings and the expansion of latents are widened where others are
    /// kept. All are counted as kept: what is refused for its size does not fit in any case.
    /// </remarks>
    public WeightClaim Held(WeightClaim claim) => CudaWeights.IsFloat8(Type, claim.Form.Format, claim.Columns)
        ? claim with { ByteCount = CudaWeights.Float8Bytes(claim.Rows, claim.Columns) }
        : claim with
        {
            Form = WeightLayout.Of(Type == ElementType.Float32 ? WeightFormat.Float32 : WeightFormat.BFloat16),
            ByteCount = claim.ElementCount * Type.Size(),
        };

    public IRows Rows(int columns) => AddRows(Type, columns);

    public IRows ResidualRows(int columns) => AddRows(ElementType.Float32, columns);

    public IKvCache CreateCache(int layers, int width, int blocks, int blockSize)
    {
        var cache = new CudaKvCache(Gpu, Type, layers, width, blocks, blockSize);

        // A row for each sequence, and for padding; none is longer than the whole cache.
        _tableEntries = Math.Max(_tableEntries, (_options.MaxLogitRows + 2L) * blocks);
        _caches.Add(cache);
        return cache;
    }

    public IEmbedding Embedding(WeightSource table) => new CudaEmbedding(this, table);

    public IProjection Projection(float[] norm, float epsilon, params ReadOnlySpan<Linear> parts) =>
        new CudaProjection(this, norm, epsilon, parts);

    public IResidualLinear ResidualLinear(Linear linear) => new CudaResidualLinear(this, linear);

    public ILatentAttention LatentAttention(LatentAttentionShape shape, float[] latentNorm, LatentExpansion latentUp)
    {
        // Layers differ in nothing but their cache, so they share kernels and workspace.
        ref var kernels = ref CollectionsMarshal.GetValueRefOrAddDefault(_latentKernels, shape with { Layer = 0 }, out _);
        kernels ??= Own(new MlaKernels(
            Gpu,
            Type,
            new MlaShape(
                shape.Heads, shape.LatentRank, shape.NopeDimension, shape.RopeDimension, shape.ValueDimension, shape.SoftmaxScale, shape.NormEpsilon),
            _options.BlockSize,
            MaxTokens,
            _options.LatentTuning));
        if (!latentUp.Adapters.IsEmpty)
        {
            _adaptsLatents = true;
            kernels.Use(Adapters);
        }

        return new CudaLatentAttention(this, shape, latentNorm, latentUp, kernels, Angles(shape.Rotary));
    }

    public IGroupedAttention GroupedAttention(GroupedAttentionShape shape, HeadNorms? norms)
    {
        ref var kernels = ref CollectionsMarshal.GetValueRefOrAddDefault(_groupedKernels, shape with { Layer = 0 }, out _);
        kernels ??= Own(new GroupedAttentionKernels(
            Gpu,
            Type,
            new GroupedKernelShape(shape.Heads, shape.KeyHeads, shape.HeadDimension, shape.SoftmaxScale, norms?.Epsilon ?? 0),
            _options.BlockSize,
            MaxTokens));
        return new CudaGroupedAttention(this, shape, norms, kernels, Angles(shape.Rotary));
    }

    public IFeedForward Mlp(float[] norm, float epsilon, GatedMlp mlp) => new CudaMlp(this, norm, epsilon, mlp);

    public IFeedForward Mixture(int layer, float[] norm, float epsilon, MixtureWeights weights) => new CudaMixture(this, layer, norm, epsilon, weights);

    public IHead Head(float[] norm, float epsilon, WeightSource weights) =>
        _head = new CudaHead(this, norm, epsilon, weights, _options.MaxLogitRows);

    /// <summary>
    /// Brings a batch to the device, ahead of <see cref="Begin"/>: so the layers' work can be recorded without the copy.
    /// </summary>
    /// <param name="batch">The step.</param>
    /// <param name="cache">Its cache.</param>
    /// <param name="padTokens">As <see cref="CudaStep.Load"/> takes it.</param>
    /// <param name="maxContext">As <see cref="CudaStep.Load"/> takes it.</param>
    public void Load(StepBatch batch, IKvCache cache, int padTokens = 0, int maxContext = 0)
    {
        Scratch.Allocate();
        _cache = (CudaKvCache)cache;
        _step ??= new CudaStep(Gpu, MaxTokens, _tableEntries, SlabRows, HasPrefill, _adaptsLatents);
        _step.Load(batch, _cache.BlockSize, padTokens, maxContext);
        _loaded = batch;
    }

    public void Begin(StepBatch batch, IKvCache cache, IForwardObserver? observer)
    {
        if (_loaded != batch)
        {
            Load(batch, cache);
        }

        // A batch that is used again for the next step has to be loaded again.
        (_loaded, Observer) = (null, observer);
        foreach (var angles in _angles)
        {
            angles.Fill(Elementwise, Step.Positions, Step.Tokens);
        }
    }

    public void Observe(string name, int? layer, RowsView rows)
    {
        if (Observer is not null)
        {
            var values = Download((CudaRows)rows.Rows, rows.Offset, rows.Columns);
            Observer.OnValues(layer is { } number ? $"layer.{number}.{name}" : name, values);
        }
    }

    public void ReadLogits(Memory<float> destination) => ReadSingles(Logits, destination.Span);

    public void ProjectStates(int first, int count) => _head!.Project(first, count);

    public void ReadStates(int first, Span<float> destination) => ReadValues(_head!.States(first), Type, destination);

    public void Dispose()
    {
        Gpu.Synchronize();
        foreach (var owned in _owned)
        {
            owned.Dispose();
        }

        foreach (var rows in _rows)
        {
            rows.Free();
        }

        foreach (var angles in _angles)
        {
            angles.Dispose();
        }

        _step?.Dispose();
        Router.Dispose();
        Scratch.Dispose();
        Weights.Dispose();
        Gpu.Dispose();
    }

    /// <summary>Where the step's tokens stand, for attention.</summary>
    public DeviceTokens Tokens(CudaAngles angles) => new()
    {
        Count = Step.Tokens,
        Positions = Step.Positions,
        Sequences = Step.Sequences,
        Slots = Step.Slots,
        BlockTables = Step.BlockTables,
        MaxBlocks = Step.MaxBlocks,
        Cos = angles.Cos,
        Sin = angles.Sin,
    };

    /// <summary>Waits for rows and brings them to the host; for observers.</summary>
    public float[] Download(CudaRows rows, int offset, int columns)
    {
        var all = new float[Step.Tokens * rows.Columns];
        ReadValues(rows.Pointer, rows.Type, all);
        return [.. all.Chunk(rows.Columns).SelectMany(row => row[offset..(offset + columns)])];
    }

    /// <summary>Waits for device memory and copies it.</summary>
    public void Read(DevicePointer source, Span<byte> destination)
    {
        using var pinned = Gpu.AllocatePinned(destination.Length);
        Gpu.CopyToHost(source, pinned, 0, destination.Length);
        Gpu.Synchronize();
        pinned.AsSpan<byte>().CopyTo(destination);
    }

    public void ReadSingles(DevicePointer source, Span<float> destination) => Read(source, MemoryMarshal.AsBytes(destination));

    private void ReadValues(DevicePointer source, ElementType type, Span<float> destination)
    {
        if (type == ElementType.Float32)
        {
            ReadSingles(source, destination);
            return;
        }

        var halves = new ushort[destination.Length];
        Read(source, MemoryMarshal.AsBytes(halves.AsSpan()));
        for (var i = 0; i < halves.Length; i++)
        {
            destination[i] = BitConverter.UInt32BitsToSingle((uint)halves[i] << 16);
        }
    }

    /// <summary>What layers with experts of these sizes work in, one after the other.</summary>
    public ExpertScratch ExpertScratch(int choices, in ExpertWeights experts)
    {
        ref var scratch = ref CollectionsMarshal.GetValueRefOrAddDefault(
            _expertScratch, (choices, experts.Experts, experts.HiddenSize, experts.InnerSize), out _);
        return scratch ??= Own(new ExpertScratch(Gpu, Type, MaxTokens, choices, experts.Experts, experts.HiddenSize, experts.InnerSize));
    }

    /// <summary>Keeps something until the backend goes.</summary>
    public T Own<T>(T disposable)
        where T : IDisposable
    {
        _owned.Add(disposable);
        return disposable;
    }

    private CudaRows AddRows(ElementType type, int columns)
    {
        var rows = new CudaRows(Gpu, type, MaxTokens, columns);
        _rows.Add(rows);
        return rows;
    }

    private CudaAngles Angles(RotaryEmbedding rotary)
    {
        var angles = _angles.Find(known => known.Rotary == rotary);
        if (angles is null)
        {
            _angles.Add(angles = new CudaAngles(Gpu, Weights, rotary, MaxTokens));
        }

        return angles;
    }
}
