using System.Diagnostics;
using Gateway.Engine.Adapters;
using Gateway.Engine.Backends.Cpu;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;
using Gateway.Engine.Synthesis;
using Gateway.Engine.Weights;

namespace Gateway.Benchmarks.Kernels;

/// <summary>Forward passes of a model file bare and with LoRA adapters of every projection, in turn.</summary>
internal sealed class AdapterSpeed : IDisposable
{
    private const int Adapters = 8;
    private const int MaxTokens = 512;
    private const int BlockSize = 16;
    private const int Blocks = 1024;
    private const int Context = 128;

    private readonly CpuBackend _backend;
    private readonly ILanguageModel _model;
    private readonly IKvCache _cache;
    private readonly StepBatch _batch = new(MaxTokens);
    private readonly float[] _logits;

    /// <param name="team">Who computes.</param>
    /// <param name="path">The model.</param>
    /// <param name="rank">Of the adapters.</param>
    public AdapterSpeed(CpuTeam team, string path, int rank)
    {
        _backend = new CpuBackend(team, MaxTokens);
        using var files = ModelFiles.Open(path);
        using var checkpoint = files.OpenWeights();
        var adapters = new AdapterSet(Enumerable.Range(1, Adapters).Select(number => SyntheticAdapter.Create(checkpoint, $"adapter {number}", number, rank)));
        _model = ModelLoader.Load(files, _backend, Quantization.None, progress: null, default, adapters);
        _cache = _backend.CreateCache(_model.CacheLayers, _model.CacheWidth, Blocks, BlockSize);
        _logits = new float[16 * _model.VocabularySize];
        Console.WriteLine(
            $"{files.Name}: {_model.ParameterCount / 1e6:F0} million weights, "
            + $"{adapters.Adapters[0].ParameterCount / 1e6:F1} million per adapter of rank {rank}; {_backend.Description}");
    }

    public void Report()
    {
        foreach (var (sequences, tokens, rounds) in new[] { (1, 1, 60), (8, 1, 15), (16, 1, 10), (1, 512, 3) })
        {
            // No adapter, one for all, and several: in turn, since the machine's speed changes meanwhile.
            Func<int, int>[] choices = [_ => 0, _ => 1, sequence => 1 + (sequence % Adapters)];
            var seconds = choices.Select(_ => new List<double>()).ToArray();
            for (var round = 0; round < rounds; round++)
            {
                for (var i = 0; i < choices.Length; i++)
                {
                    seconds[i].Add(Seconds(sequences, tokens, choices[i]));
                }
            }

            var medians = seconds.Select(list => list.Order().ElementAt(list.Count / 2)).ToArray();
            Console.WriteLine(
                $"{sequences,2} x {tokens,3} tokens: bare {medians[0] * 1e3:F2} ms; "
                + $"one adapter {medians[1] * 1e3:F2} ms, {(medians[1] / medians[0]) - 1:P1} more; "
                + $"{Math.Min(sequences, Adapters)} adapters {medians[2] * 1e3:F2} ms, {(medians[2] / medians[0]) - 1:P1} more");
        }
    }

    public void Dispose()
    {
        _cache.Dispose();
        _backend.Dispose();
    }

    private double Seconds(int sequences, int tokens, Func<int, int> adapterOf)
    {
        var ids = Enumerable.Range(0, tokens).Select(i => (i * 7919) % _model.VocabularySize).ToArray();
        _batch.Clear();
        for (var sequence = 0; sequence < sequences; sequence++)
        {
            var blocks = Enumerable.Range(sequence * Blocks / sequences, Blocks / sequences).ToArray();
            _batch.Add(ids, tokens == 1 ? Context : 0, blocks, 1, adapterOf(sequence));
        }

        var start = Stopwatch.GetTimestamp();
        _model.Forward(_batch, _cache);
        _backend.ReadLogits(_logits.AsMemory(0, sequences * _model.VocabularySize));
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
