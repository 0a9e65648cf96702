using System.Runtime.InteropServices;
using Gateway.Engine.Backends.Cuda;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;

namespace Gateway.Engine.Execution;

/// <summary>
/// Runs a model on a GPU, and chooses tokens there by the host's rules. A step in which every sequence has one token is padded to a
/// size of a fixed list and replayed as a graph: so the device does not wait for the host to launch some two hundred kernels.
/// </summary>
internal sealed class CudaStepRunner : IStepRunner
{
    private readonly ILanguageModel _model;
    private readonly CudaBackend _backend;
    private readonly IKvCache _cache;
    private readonly CudaSampler _sampler;
    private readonly DecodeShapes _shapes;
    private readonly Dictionary<DecodeShape, GpuGraph?> _graphs = [];
    private readonly CudaPromptReader _reader;

    /// <param name="model">The model.</param>
    /// <param name="backend">Where it computes; owned.</param>
    /// <param name="cache">Its cache; owned.</param>
    /// <param name="maxRows">Most sequences of a step.</param>
    /// <param name="contextLength">Most tokens of a sequence.</param>
    /// <exception cref="GpuException">There is not enough memory for steps, or the device does not compute.</exception>
    public CudaStepRunner(ILanguageModel model, CudaBackend backend, IKvCache cache, int maxRows, int contextLength)
    {
        (_model, _backend, _cache) = (model, backend, cache);
        _shapes = new DecodeShapes(maxRows, contextLength);
        _sampler = new CudaSampler(backend.Gpu, model.VocabularySize, maxRows);
        _reader = new CudaPromptReader(backend, model.VocabularySize, maxRows);
        TryOut();
    }

    public bool RunsAhead => true;

    public void Start(StepBatch batch, ReadOnlySpan<Draw> draws)
    {
        if (IsDecoding(batch, draws.Length))
        {
            Decode(batch);
        }
        else
        {
            _backend.Load(batch, _cache);
            _sampler.Feed(batch, _backend.Step.TokenIds);
            _model.Forward(batch, _cache);
        }

        _sampler.Start(_backend.Logits, draws);
        if (batch.PromptPieces.Count > 0)
        {
            _reader.Read(batch, _model.HiddenSize);
        }
    }

    public void Collect(ReadOnlySpan<Draw> draws, Span<Drawn> drawn) => _sampler.Collect(draws, drawn);

    public void Dispose()
    {
        _backend.Gpu.Synchronize();
        foreach (var graph in _graphs.Values)
        {
            graph?.Dispose();
        }

        _reader.Dispose();
        _sampler.Dispose();
        _cache.Dispose();
        _backend.Dispose();
    }

    /// <summary>
    /// Takes the memory that steps need, and has one token computed, whose keys nobody will look up: so what a device lacks is known before
    /// requests come.
    /// </summary>
    private void TryOut()
    {
        var (batch, logits) = (new StepBatch(1), new float[_model.VocabularySize]);
        batch.Add([0], 0, [0], 1);
        _backend.Load(batch, _cache);
        _model.Forward(batch, _cache);
        _backend.ReadLogits(logits);
        if (!logits.All(float.IsFinite))
        {
            throw new GpuException($"{_backend.Gpu.Properties.Name} does not compute: the first logits are not finite. Look for errors of the device in the system's log.");
        }
    }

    private static bool IsDecoding(StepBatch batch, int draws)
    {
        for (var token = 1; token < batch.TokenCount; token++)
        {
            if (batch.Blocks[token] == batch.Blocks[token - 1])
            {
                return false;
            }
        }

        return draws == batch.TokenCount;
    }

    private void Decode(StepBatch batch)
    {
        var shape = _shapes.For(batch);
        _backend.Load(batch, _cache, shape.Sequences, shape.Context);
        _sampler.Feed(batch, _backend.Step.TokenIds);
        ref var graph = ref CollectionsMarshal.GetValueRefOrAddDefault(_graphs, shape, out var wasSeen);
        if (graph is null && wasSeen)
        {
            // The first time went without a recording, so that every kernel is loaded and every product has its algorithm.
            graph = Record(batch);
        }

        if (graph is null)
        {
            _model.Forward(batch, _cache);
        }
        else
        {
            _backend.Gpu.Replay(graph);
        }
    }

    // By itself, because a method that makes a closure allocates it each time.
    private GpuGraph Record(StepBatch batch) => _backend.Gpu.Capture(() => _model.Forward(batch, _cache));
}
