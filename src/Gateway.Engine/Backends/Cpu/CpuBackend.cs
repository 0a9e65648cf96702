using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Attention;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Backends.Cpu;

/// <summary>
/// Computes on the host's cores: in float32, but for products with quantised weights (docs/adr/0026) and, if asked for, bfloat16 (0035).
/// </summary>
/// <param name="team">Who does the work; the backend owns it.</param>
/// <param name="maxTokens">Most tokens in one step.</param>
/// <param name="cacheType">What the KV cache keeps numbers as.</param>
internal sealed class CpuBackend(CpuTeam team, int maxTokens, KvCacheType cacheType = KvCacheType.F32) : IBackend
{
    private readonly List<CpuAngles> _angles = [];
    private readonly List<CpuRouting> _routings = [];
    private readonly ConditionalWeakTable<WeightSource, CpuMatrix> _matrices = [];
    private CpuInputs? _inputs;
    private CpuInputs? _expertInputs;
    private CpuInputs? _inner;
    private CpuInputs? _expertInner;
    private readonly List<CpuAttention> _grouped = [];
    private readonly List<CpuLatentWorkspace> _latent = [];
    private StepBatch? _batch;
    private IKvCache? _cache;
    private float[] _logits = [];
    private CpuHead? _head;
    private RowNorm? _norm;
    private RowSum? _rowSum;

    public string Description => (team.Threads == 1 ? "CPU, 1 thread, " : $"CPU, {team.Threads} threads, ") + Kernels.Description;

    public int CacheBytesPerValue => PagedCache.BytesPerValue(cacheType);

    public CpuTeam Team => team;

    /// <summary>What multiplies the layers' matrices.</summary>
    public CpuKernelSet Kernels { get; init; } = CpuKernelSet.Best;

    public int MaxTokens => maxTokens;

    public CpuScratch Scratch { get; } = new(maxTokens);

    /// <summary>What the matrices of a layer multiply.</summary>
    public CpuInputs Inputs => _inputs ??= Kernels.Inputs();

    /// <summary>What experts multiply: the vectors of each expert's tokens one after the other.</summary>
    public CpuInputs ExpertInputs => _expertInputs ??= Kernels.Inputs();

    /// <summary>What lies between the layers of MLPs that take all tokens.</summary>
    public CpuInputs Inner => _inner ??= Kernels.Inputs();

    /// <summary>Likewise, of MLPs that take the tokens that choose them.</summary>
    public CpuInputs ExpertInner => _expertInner ??= Kernels.Inputs();

    /// <summary>0, 1, 2 and on: the list of all tokens.</summary>
    public int[] Ascending { get; } = [.. Enumerable.Range(0, maxTokens)];

    public StepBatch Batch => _batch ?? throw new InvalidOperationException("No step has begun.");

    /// <summary>The adapter of each token of the step; empty when none is under one.</summary>
    public ReadOnlyMemory<int> Adapters => Batch.HasAdapters ? Batch.Adapters : default;

    public PagedCache Cache => (PagedCache?)_cache ?? throw new InvalidOperationException("No step has begun.");

    public IForwardObserver? Observer { get; private set; }

    public ComputeDevice Kind => ComputeDevice.Cpu;

    public int AdapterBytesPerValue => sizeof(float);

    public long MemoryBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    public WeightClaim Held(WeightClaim claim) => claim;

    public IRows Rows(int columns) => new CpuRows(maxTokens, columns);

    public IRows ResidualRows(int columns) => new CpuRows(maxTokens, columns);

    public IKvCache CreateCache(int layers, int width, int blocks, int blockSize) => new PagedCache(layers, width, blocks, blockSize, cacheType);

    public IEmbedding Embedding(WeightSource table) => new CpuEmbedding(this, Matrix(table));

    public IProjection Projection(float[] norm, float epsilon, params ReadOnlySpan<Linear> parts) =>
        new CpuProjection(this, norm, epsilon, parts);

    public IResidualLinear ResidualLinear(Linear linear) => new CpuResidualLinear(this, linear);

    public ILatentAttention LatentAttention(LatentAttentionShape shape, float[] latentNorm, LatentExpansion latentUp)
    {
        var workspace = _latent.Find(known => known.Shape == shape with { Layer = 0 });
        if (workspace is null)
        {
            _latent.Add(workspace = new CpuLatentWorkspace(team, maxTokens, shape, Kernels));
        }

        ILatentProducts products = latentUp.Halves is var (keys, values)
            ? new SeparateLatentProducts(workspace, keys.Read(), values.Read(), Kernels)
            : new JoinedLatentProducts(workspace, latentUp.Joined.Read());
        var adapters = latentUp.Adapters.IsEmpty ? null : new CpuLatentAdapters(shape, latentUp.Adapters);
        return new CpuLatentAttention(this, shape, latentNorm, products, adapters, Angles(shape.Rotary), workspace);
    }

    public IGroupedAttention GroupedAttention(GroupedAttentionShape shape, HeadNorms? norms)
    {
        var wanted = new AttentionShape(
            shape.Heads, shape.KeyHeads, shape.HeadDimension, shape.HeadDimension, ValuesAreKeys: false, shape.SoftmaxScale);
        var attention = _grouped.Find(known => known.Shape == wanted);
        if (attention is null)
        {
            _grouped.Add(attention = new CpuAttention(team, maxTokens, wanted));
        }

        return new CpuGroupedAttention(this, shape, norms, Angles(shape.Rotary), attention);
    }

    public IFeedForward Mlp(float[] norm, float epsilon, GatedMlp mlp) => new CpuMlp(this, norm, epsilon, mlp);

    public IFeedForward Mixture(int layer, float[] norm, float epsilon, MixtureWeights weights) =>
        new CpuMixture(this, layer, norm, epsilon, weights);

    public IHead Head(float[] norm, float epsilon, WeightSource weights) => _head = new CpuHead(this, norm, epsilon, Matrix(weights));

    public void Begin(StepBatch batch, IKvCache cache, IForwardObserver? observer)
    {
        (_batch, _cache, Observer) = (batch, cache, observer);
        foreach (var angles in _angles)
        {
            angles.Fill(batch.Positions);
        }

        foreach (var attention in _grouped)
        {
            attention.Begin(batch);
        }

        foreach (var workspace in _latent)
        {
            workspace.Attention.Begin(batch);
        }
    }

    public void Observe(string name, int? layer, RowsView rows)
    {
        if (Observer is null)
        {
            return;
        }

        var values = new float[Batch.TokenCount * rows.Columns];
        for (var token = 0; token < Batch.TokenCount; token++)
        {
            Row(rows, token).CopyTo(values.AsSpan(token * rows.Columns));
        }

        Observer.OnValues(layer is { } number ? $"layer.{number}.{name}" : name, values);
    }

    public void ReadLogits(Memory<float> destination) => _logits.AsSpan(0, destination.Length).CopyTo(destination.Span);

    public void ProjectStates(int first, int count) => _head!.Project(first, count);

    public void ReadStates(int first, Span<float> destination) => _head!.ReadStates(first, destination);

    public void Dispose()
    {
        team.Dispose();
        _grouped.ForEach(attention => attention.Dispose());
        _latent.ForEach(workspace => workspace.Dispose());
    }

    /// <summary>Room for that many rows of logits, kept until the next step.</summary>
    public Memory<float> Logits(int rows, int columns)
    {
        if (_logits.Length < rows * columns)
        {
            _logits = CpuRows.Allocate(rows, columns);
        }

        return _logits.AsMemory(0, rows * columns);
    }

    /// <summary>A matrix in the form that the kernels read. Who asks again, as with tied embeddings, gets the same one.</summary>
    public CpuMatrix Matrix(WeightSource source) => _matrices.GetValue(source, key => Kernels.Matrix(key.Read()));

    /// <summary>A router, whose inputs are not rounded to bfloat16: which experts a token takes may hang on the last bits.</summary>
    public CpuMatrix Router(WeightSource source) => CpuMatrix.Of(source.Read(), Kernels.Panels);

    /// <summary>Room for the choices of experts of a step.</summary>
    public CpuRouting Routing(int experts, int perToken)
    {
        var routing = _routings.Find(known => known.Experts == experts && known.PerToken == perToken);
        if (routing is null)
        {
            _routings.Add(routing = new CpuRouting(maxTokens, experts, perToken));
        }

        return routing;
    }

    /// <summary>The normed rows, in <see cref="CpuScratch.Normed"/>.</summary>
    public void Norm(RowsView x, float[] weight, float epsilon)
    {
        var norm = _norm ??= new RowNorm(this);
        (norm.X, norm.Weight, norm.Epsilon) = (x, weight, epsilon);
        team.For(Batch.TokenCount, (long)Batch.TokenCount * weight.Length * 4, 1, norm);
    }

    /// <summary>Adds as many rows as there are tokens.</summary>
    public void AddTo(IRows hidden, float[] added)
    {
        var sum = _rowSum ??= new RowSum();
        (sum.Rows, sum.Added) = ((CpuRows)hidden, added);
        team.For(Batch.TokenCount, (long)Batch.TokenCount * hidden.Columns, 1, sum);
    }

    public static Span<float> Row(RowsView view, int row) => ((CpuRows)view.Rows).Row(row).Slice(view.Offset, view.Columns);

    private CpuAngles Angles(RotaryEmbedding rotary)
    {
        var angles = _angles.Find(known => known.Rotary == rotary);
        if (angles is null)
        {
            _angles.Add(angles = new CpuAngles(rotary, maxTokens));
        }

        return angles;
    }

    private sealed class RowNorm(CpuBackend owner) : ITeamWork
    {
        public RowsView X { get; set; }

        public float[] Weight { get; set; } = [];

        public float Epsilon { get; set; }

        public void Run(int from, int to)
        {
            for (var token = from; token < to; token++)
            {
                Normalization.RmsNorm(Row(X, token), Weight, Epsilon, owner.Scratch.Normed.AsSpan(token * Weight.Length, Weight.Length));
            }
        }
    }

    private sealed class RowSum : ITeamWork
    {
        public CpuRows? Rows { get; set; }

        public float[] Added { get; set; } = [];

        public void Run(int from, int to)
        {
            var (first, end) = (from * Rows!.Columns, to * Rows.Columns);
            TensorPrimitives.Add(Rows.Values.AsSpan(first..end), Added.AsSpan(first..end), Rows.Values.AsSpan(first..end));
        }
    }
}
