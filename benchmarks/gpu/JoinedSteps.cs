using System.Globalization;
using Gateway.Engine;
using Gateway.Engine.Backends.Cuda;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Kernels.Cuda.Native;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;
using Gateway.Engine.Synthesis;

namespace Gateway.Benchmarks.Gpu;

/// <summary>
/// Steps that decode few sequences, as graphs: launched one by one and joined in several ways, on one model in one run. Logits of joined steps are compared
/// with those of single launches. At last, kernel by kernel, those of all layers one behind the other, both ways.
/// </summary>
internal sealed class JoinedSteps
{
    private const int BlockSize = 64;
    private const int Context = 320;
    private const int MaxSequences = 8;
    private const int Replays = 40;

    // Roundings that fall otherwise now and then choose another expert of a random router.
    private const double MostDifference = 0.2;

    private static readonly Variant Single = new("single", IsJoined: false, 16, LinearBlocks: 2);
    private static readonly Variant Joined = new("joined", IsJoined: true, ExpertKernels.GateUpRowsWhenJoined, LinearBlocks: 1);

    private static readonly Variant[] Common = [Single, Joined, Prefetching(16)];

    // Single again, last: how much a figure differs from itself.
    private static readonly Variant[] OfOneSequence =
    [
        .. Common,
        Prefetching(8),
        Prefetching(32),
        Prefetching(44),
        Joined with { Name = "joined_rows_16", Rows = 16 },
        Joined with { Name = "joined_rows_48", Rows = 48 },
        Joined with { Name = "joined_linear_two_blocks", LinearBlocks = 2 },
        Single with { Name = "single_again" },
    ];

    private readonly CudaGpu _gpu;
    private readonly ProfilingGpu _recorder;
    private readonly CudaBackend _backend;
    private readonly ILanguageModel _model;
    private readonly IKvCache _cache;

    private JoinedSteps(CudaGpu gpu, ProfilingGpu recorder, CudaBackend backend, ILanguageModel model, IKvCache cache) =>
        (_gpu, _recorder, _backend, _model, _cache) = (gpu, recorder, backend, model, cache);

    public static int Run(string[] args)
    {
        var layers = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : SyntheticShape.V2Lite.Layers;
        var shape = SyntheticShape.V2Lite with { Layers = layers };
        using var files = new SyntheticModelFiles(shape, SyntheticFolder.Seed);
        var options = new EngineOptions
        {
            ModelPath = shape.Name,
            MaxStepTokens = 4096,
            MaxRunningSequences = 16,
            BlockSize = BlockSize,
            KvCacheTokens = 16 * 1024,
        };
        var gpu = Device.Open();
        var recorder = new ProfilingGpu(gpu);
        var (model, loaded) = Device.Load(files, recorder, ElementType.BFloat16, options, joinsLaunches: true);
        using var backend = (CudaBackend)loaded;
        using var cache = backend.CreateCache(model.CacheLayers, model.CacheWidth, Device.Sizes(options).TotalBlocks, BlockSize);
        var steps = new JoinedSteps(gpu, recorder, backend, model, cache);
        steps.ReadPrompts();

        // Names without the number of layers are for the whole model, which table.py knows the bytes of.
        var suffix = layers == SyntheticShape.V2Lite.Layers ? "" : $"_{layers}_layers";
        var isRight = true;
        foreach (var sequences in new[] { 1, 2, 4, 8 })
        {
            isRight &= steps.Measure(sequences, suffix, sequences == 1 ? OfOneSequence : Common);
        }

        steps.MeasureKernels();
        return isRight ? 0 : 1;
    }

    private static Variant Prefetching(int megabytes) => Joined with { Name = $"joined_prefetch_{megabytes}_mib", PrefetchBytes = (long)megabytes << 20 };

    private static int[] Blocks(int sequence)
    {
        const int PerSequence = (Context / BlockSize) + 1;
        return [.. Enumerable.Range(sequence * PerSequence, PerSequence)];
    }

    private static int Token(int sequence, int position) => (int)(((position * 7919L) + (sequence * 104_729L) + 13) % 100_000);

    /// <summary>So that the contexts hold what a model writes there.</summary>
    private void ReadPrompts()
    {
        var batch = new StepBatch(MaxSequences * Context);
        for (var sequence = 0; sequence < MaxSequences; sequence++)
        {
            batch.Add([.. Enumerable.Range(0, Context).Select(position => Token(sequence, position))], 0, Blocks(sequence), 1);
        }

        _model.Forward(batch, _cache);
    }

    private bool Measure(int sequences, string suffix, Variant[] variants)
    {
        float[]? expected = null;
        var isRight = true;
        foreach (var variant in variants)
        {
            var (time, logits) = Measure(sequences, variant);
            expected ??= logits;
            var difference = Difference(expected, logits);
            var pairs = expected.Chunk(_model.VocabularySize).Zip(logits.Chunk(_model.VocabularySize));
            var agree = pairs.Count(pair => Device.Best(pair.First) == Device.Best(pair.Second));
            isRight &= difference <= MostDifference;
            Console.WriteLine(FormattableString.Invariant(
                $"RESULT step_{sequences}_{variant.Name}{suffix}_us {time:F1}\n  {difference:E1} from single launches, {agree} of {sequences} best tokens"));
        }

        return isRight;
    }

    private (double Microseconds, float[] Logits) Measure(int sequences, Variant variant)
    {
        Use(variant);
        var batch = Decoding(sequences);

        // Once without a recording, so that every kernel is loaded.
        _model.Forward(batch, _cache);
        _backend.Load(batch, _cache, sequences, Context + 1);
        var time = Time(() => _model.Forward(batch, _cache));
        var logits = new float[sequences * _model.VocabularySize];
        _backend.ReadLogits(logits);
        return (time, logits);
    }

    /// <summary>
    /// Launches of one kernel, of all layers, so that each reads weights that no cache holds. What they compute is of no use; the step is not needed any more.
    /// </summary>
    private void MeasureKernels()
    {
        var batch = Decoding(1);
        foreach (var variant in new[] { Single, Joined })
        {
            Use(variant with { IsJoined = false });
            var launches = _recorder.Record(() => _model.Forward(batch, _cache));
            Use(variant);
            Console.WriteLine($"one sequence, {variant.Name}, us a launch:");
            foreach (var kind in launches.GroupBy(launch => (launch.Kernel.Name, launch.Grid)).Where(kind => kind.Count() > 1))
            {
                var time = Time(() =>
                {
                    foreach (var launch in kind)
                    {
                        _backend.Gpu.Launch(launch.Kernel, launch.Grid, launch.Block, launch.SharedBytes, launch.Arguments);
                    }
                });
                var (name, grid) = kind.Key;
                Console.WriteLine(FormattableString.Invariant($"  {$"{name} {grid.X}x{grid.Y}x{grid.Z}",-48} {kind.Count(),3} x {time / kind.Count(),7:F2}"));
            }
        }
    }

    private void Use(Variant variant)
    {
        var joining = _backend.Joining!;
        (joining.IsOn, joining.PrefetchBytes) = (variant.IsJoined, variant.PrefetchBytes);
        (_backend.Experts.GateUpRowsPerBlock, _backend.Linear.BlocksPerMultiprocessor) = (variant.Rows, variant.LinearBlocks);
    }

    private static StepBatch Decoding(int sequences)
    {
        var batch = new StepBatch(sequences);
        for (var sequence = 0; sequence < sequences; sequence++)
        {
            batch.Add([Token(sequence, Context)], Context, Blocks(sequence), 1);
        }

        return batch;
    }

    /// <summary>Microseconds of <paramref name="work"/> as a graph.</summary>
    private double Time(Action work)
    {
        using var graph = _backend.Gpu.Capture(work);
        for (var i = 0; i < 5; i++)
        {
            _backend.Gpu.Replay(graph);
        }

        var start = _gpu.RecordTimer();
        for (var i = 0; i < Replays; i++)
        {
            _backend.Gpu.Replay(graph);
        }

        var end = _gpu.RecordTimer();
        _gpu.Synchronize();
        var time = _gpu.Elapsed(start, end) * 1000 / Replays;
        _gpu.FreeTimer(start);
        _gpu.FreeTimer(end);
        return time;
    }

    /// <summary>‖actual - expected‖ / ‖expected‖; not a number where one is none.</summary>
    public static double Difference(float[] expected, float[] actual)
    {
        var (squares, norm) = (0.0, 0.0);
        for (var i = 0; i < expected.Length; i++)
        {
            var difference = (double)actual[i] - expected[i];
            (squares, norm) = (squares + (difference * difference), norm + ((double)expected[i] * expected[i]));
        }

        return Math.Sqrt(squares / norm);
    }

    /// <param name="Name">In the results.</param>
    /// <param name="IsJoined">As <see cref="JoiningGpu.IsOn"/>.</param>
    /// <param name="Rows">As <see cref="ExpertKernels.GateUpRowsPerBlock"/>.</param>
    /// <param name="LinearBlocks">As <see cref="LinearKernels.BlocksPerMultiprocessor"/>.</param>
    /// <param name="PrefetchBytes">As <see cref="JoiningGpu.PrefetchBytes"/>.</param>
    private sealed record Variant(string Name, bool IsJoined, int Rows, int LinearBlocks, long PrefetchBytes = 0);
}
