using Gateway.Engine.Adapters;
using Gateway.Engine.Backends.Cpu;
using Gateway.Engine.Execution;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;
using Gateway.Engine.Sampling;
using Gateway.Engine.Synthesis;
using Gateway.Engine.Tests.Adapters;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Execution;

public sealed class CpuStepRunnerTests
{
    private const int Rows = 6;
    private const int BlockSize = 16;

    public static TheoryData<string, KvCacheType, Quantization, MatrixInputs, int> Models =>
        new(from folder in Goldens.Folders("models")
            let name = Path.GetFileName(folder)
            where name is "deepseek_v2_lite" or "deepseek_v3_fp8" or "qwen3_distill"
            from type in Enum.GetValues<KvCacheType>()
            from quantization in Enum.GetValues<Quantization>()
            where quantization == Quantization.None || name is "deepseek_v2_lite"
            from inputs in Enum.GetValues<MatrixInputs>()
            where inputs == MatrixInputs.F32 || (quantization == Quantization.None && type == KvCacheType.F32)
            from adapters in new[] { 0, 2 }
            where adapters == 0 || type == KvCacheType.F32
            select (folder, type, quantization, inputs, adapters));

    [Theory]
    [MemberData(nameof(Models))]
    public void StartAndCollect_DecodeSteps_AllocateNothingInAnyThread(
        string folder, KvCacheType type, Quantization quantization, MatrixInputs inputs, int adapters)
    {
        var team = new CpuTeam(2);
        var backend = new CpuBackend(team, 64, type) { Kernels = CpuKernelSet.Choose(CpuKernels.Auto, inputs) };
        using var files = ModelFiles.Open(folder);
        using var checkpoint = files.OpenWeights();
        var set = new AdapterSet(Enumerable.Range(0, adapters).Select(i => SyntheticAdapter.Create(checkpoint, $"{i}", i, 4 + (8 * i), IsOfTheModel)));
        var model = ModelLoader.Load(files, backend, quantization, progress: null, default, set);
        var cache = backend.CreateCache(model.CacheLayers, model.CacheWidth, Rows * 40, BlockSize);
        using var runner = new CpuStepRunner(model, backend, cache, Rows);
        SamplingParameters[] parameters =
        [
            new() { Temperature = 0 },
            new() { TopK = 40, TopP = 0.9, MinP = 0.001, Temperature = 0.7 },
            new() { Temperature = 0, RepetitionPenalty = 1.1, LogitBias = new Dictionary<int, float> { [7] = 3 } },
            new(),
            new() { TopP = 0.5, FrequencyPenalty = 0.5, PresencePenalty = 0.2 },
            new() { TopK = 3 },
        ];
        var histories = parameters.Select(_ => new TokenHistory(model.VocabularySize)).ToArray();
        foreach (var history in histories)
        {
            history.Begin([1, 2, 3]);
        }

        int[][] blocks = [.. Enumerable.Range(0, Rows).Select(row => Enumerable.Range(row * 40, 40).ToArray())];
        var (batch, draws, drawn, ids) = (new StepBatch(64), new Draw[Rows], new Drawn[Rows], new int[Rows]);
        Array.Fill(ids, 5);
        var position = 0;
        var probe = Measure();

        // Code of the JIT's first tier boxes what compiled code does not; when the second one is there is the machine's affair.
        for (var until = Environment.TickCount64 + 20_000; probe.Meters.Any(meter => meter.Bytes > 0) && Environment.TickCount64 < until;)
        {
            Thread.Sleep(100);
            probe = Measure();
        }

        Assert.All(probe.Meters, meter => Assert.Equal(0, meter.Bytes));
        Assert.All(drawn, token => Assert.True(token.Id >= 0));

        // The same positions again and again: three hundred steps that nobody counts, then sixty.
        Probe Measure()
        {
            var probe = new Probe(2);
            for (position = 0; position < 300; position++)
            {
                Step();
            }

            probe.Take(team);
            for (; position < 360; position++)
            {
                Step();
                probe.Take(team);
            }

            return probe;
        }

        void Step()
        {
            batch.Clear();
            for (var row = 0; row < Rows; row++)
            {
                batch.Add(ids.AsSpan(row, 1), position, blocks[row], 1, row % (adapters + 1));
                draws[row] = new Draw(parameters[row], histories[row], row, position, null);
            }

            runner.Start(batch, draws);
            runner.Collect(draws, drawn);
            for (var row = 0; row < Rows; row++)
            {
                ids[row] = drawn[row].Id;
                histories[row].Add(ids[row]);
            }
        }
    }

    /// <summary>The last layer of the one model that predicts further tokens is not loaded.</summary>
    private static bool IsOfTheModel(string module) => !module.StartsWith("model.layers.4.", StringComparison.Ordinal);

    /// <summary>What each thread of a team allocates between two calls.</summary>
    private sealed class Probe(int threads) : ITeamWork
    {
        private int _begun;

        public AllocationMeter[] Meters { get; } = [.. Enumerable.Range(0, threads).Select(_ => new AllocationMeter())];

        public void Take(CpuTeam team)
        {
            _begun = 0;
            team.For(threads, long.MaxValue, 1, this);
        }

        public void Run(int from, int to)
        {
            Meters[CpuTeam.Member].Mark();
            Interlocked.Increment(ref _begun);
            for (var until = Environment.TickCount64 + 30_000; Volatile.Read(ref _begun) < threads && Environment.TickCount64 < until;)
            {
                Thread.Sleep(0);
            }
        }
    }
}
