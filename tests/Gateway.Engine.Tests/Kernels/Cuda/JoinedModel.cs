using Gateway.Engine.Backends.Cuda;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;
using Gateway.Engine.Synthesis;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Tests.Kernels.Cuda;

/// <summary>A DeepSeek-V2 in bfloat16 with the published heads but narrow, on an emulated GPU, whose launches are joined or not.</summary>
internal sealed class JoinedModel : IDisposable
{
    private const int BlockSize = 16;
    private const int BlocksPerSequence = 5;
    private const int MaxSequences = 9;

    private readonly CudaBackend _backend;
    private readonly ILanguageModel _model;
    private readonly IKvCache _cache;

    /// <param name="joinsLaunches">Whether they are.</param>
    /// <param name="layers">How many; the first one's MLP is dense.</param>
    /// <param name="seed">Of the device: decides in which order work is done.</param>
    /// <param name="rowsPerBlock">As <see cref="ExpertKernels.GateUpRowsPerBlock"/>; null: as the backend has it.</param>
    /// <param name="isFloat8">Whether its weights are in 8-bit floating point.</param>
    /// <param name="blocks">Blocks of a joined launch.</param>
    public JoinedModel(
        bool joinsLaunches, int layers = 2, ulong seed = 1, int? rowsPerBlock = null, bool isFloat8 = false, int blocks = EmulatedLibrary.Workers)
    {
        Gpu = new RecordingGpu(new EmulatedGpu(seed, residentBlocks: blocks));
        _backend = new CudaBackend(Gpu, ElementType.BFloat16, new CudaOptions
        {
            MaxTokens = 64,
            MaxLogitRows = 64,
            BlockSize = BlockSize,
            SlabRows = 64,
            JoinsLaunches = joinsLaunches,
            PrefetchBytes = 1 << 20,
            LatentTuning = AttentionTuning.Mla with { MinimumSplitTokens = 32 },
        });
        if (rowsPerBlock is { } rows)
        {
            _backend.Experts.GateUpRowsPerBlock = rows;
        }

        using var files = new SyntheticModelFiles(Shape(layers), 3, isFloat8);
        _model = ModelLoader.Load(files, _backend, Quantization.None, progress: null, default);
        _cache = _backend.CreateCache(_model.CacheLayers, _model.CacheWidth, MaxSequences * BlocksPerSequence, BlockSize);
    }

    public RecordingGpu Gpu { get; }

    public static SyntheticShape Shape(int layers) => SyntheticShape.V2Lite with
    {
        Layers = layers,
        HiddenSize = 512,
        InnerSize = 320,
        ExpertInnerSize = 72,
        Experts = 8,
        ExpertsPerToken = 3,
        Vocabulary = 1000,
        BosId = 998,
        EosId = 999,
    };

    /// <summary>Computes consecutive tokens of a sequence as a prompt.</summary>
    public void Read(int sequence, int first, int count)
    {
        var batch = new StepBatch(count);
        batch.Add([.. Enumerable.Range(first, count).Select(i => Token(sequence, i))], first, Blocks(sequence), 1);
        _model.Forward(batch, _cache);
    }

    /// <summary>One token each of some sequences, at a position each; the logits of all.</summary>
    public float[] Decode(params int[] positions)
    {
        _model.Forward(Batch(positions), _cache);
        return Logits(positions.Length);
    }

    /// <summary>The same out of a graph that is replayed twice.</summary>
    public float[] Replay(params int[] positions)
    {
        using var graph = Capture(positions);
        _backend.Gpu.Replay(graph);
        _backend.Gpu.Replay(graph);
        return Logits(positions.Length);
    }

    /// <summary>What such a step enqueues.</summary>
    public IReadOnlyList<RecordedCall> Record(params int[] positions)
    {
        using var graph = Capture(positions);
        return Gpu.CallsOf(graph);
    }

    public void Dispose()
    {
        _cache.Dispose();
        _backend.Dispose();
    }

    private GpuGraph Capture(int[] positions)
    {
        var batch = Batch(positions);
        _backend.Load(batch, _cache);
        return _backend.Gpu.Capture(() => _model.Forward(batch, _cache));
    }

    private float[] Logits(int rows)
    {
        var logits = new float[rows * _model.VocabularySize];
        _backend.ReadLogits(logits);
        return logits;
    }

    private static StepBatch Batch(int[] positions)
    {
        var batch = new StepBatch(positions.Length);
        for (var sequence = 0; sequence < positions.Length; sequence++)
        {
            batch.Add([Token(sequence, positions[sequence])], positions[sequence], Blocks(sequence), 1);
        }

        return batch;
    }

    private static int Token(int sequence, int position) => ((sequence * 131) + (position * 37) + 5) % 1000;

    private static int[] Blocks(int sequence) => [.. Enumerable.Range(0, BlocksPerSequence).Select(i => (i * MaxSequences) + sequence)];
}
