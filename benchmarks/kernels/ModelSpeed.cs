using System.Diagnostics;
using Gateway.Engine.Backends.Cpu;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;
using Gateway.Engine.Synthesis;
using Gateway.Engine.Weights;

namespace Gateway.Benchmarks.Kernels;

/// <summary>Forward passes of a model of the V2-Lite shape with 16 experts and fewer layers, in Q8_0.</summary>
internal sealed class ModelSpeed : IDisposable
{
    private const int MaxTokens = 512;
    private const int BlockSize = 16;
    private const int Blocks = 2048;

    private readonly CpuBackend _backend;
    private readonly ILanguageModel _model;
    private readonly IKvCache _cache;
    private readonly StepBatch _batch = new(MaxTokens);
    private readonly float[] _logits;
    private readonly int _layers;

    public ModelSpeed(CpuTeam team, int layers, CpuKernelSet kernels)
    {
        _layers = layers;
        _backend = new CpuBackend(team, MaxTokens) { Kernels = kernels };
        var start = Stopwatch.GetTimestamp();
        using var files = new SyntheticModelFiles(SyntheticShape.V2Lite with { Layers = layers, Experts = 16, Vocabulary = 32000 }, seed: 1);
        _model = ModelLoader.Load(files, _backend, Quantization.Q8_0, progress: null, default);
        _cache = _backend.CreateCache(_model.CacheLayers, _model.CacheWidth, Blocks, BlockSize);
        _logits = new float[32 * _model.VocabularySize];
        GC.Collect();
        var resident = Process.GetCurrentProcess();
        Console.WriteLine(
            $"{_backend.Description}; {layers} layers, {_model.ParameterCount / 1e9:F2} billion weights, "
            + $"loaded in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s; "
            + $"resident {resident.WorkingSet64 >> 20} MiB, at most {resident.PeakWorkingSet64 >> 20} MiB");
    }

    public void Report()
    {
        foreach (var (sequences, tokens, context) in new[] { (1, 512, 0), (1, 1, 128), (8, 1, 128), (16, 1, 128) })
        {
            var best = double.MaxValue;
            for (var round = 0; round < (tokens > 1 ? 3 : 25); round++)
            {
                best = Math.Min(best, Seconds(sequences, tokens, context));
            }

            Console.WriteLine(
                $"{sequences,2} x {tokens,3} tokens: {best * 1e3,7:F1} ms, {sequences * tokens / best,7:F1} tokens/s, "
                + $"{best * 1e3 / _layers:F2} ms per layer with its share of the head");
        }
    }

    public void Dispose()
    {
        _cache.Dispose();
        _backend.Dispose();
    }

    private double Seconds(int sequences, int tokens, int context)
    {
        var ids = Enumerable.Range(0, tokens).Select(i => (i * 7919) % _model.VocabularySize).ToArray();
        _batch.Clear();
        for (var sequence = 0; sequence < sequences; sequence++)
        {
            var blocks = Enumerable.Range(sequence * Blocks / sequences, Blocks / sequences).ToArray();
            ids[0] = sequence * 31;
            _batch.Add(ids, context, blocks, 1);
        }

        var start = Stopwatch.GetTimestamp();
        _model.Forward(_batch, _cache);
        _backend.ReadLogits(_logits.AsMemory(0, sequences * _model.VocabularySize));
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
