using System.Diagnostics;
using Gateway.Engine.Backends;
using Gateway.Engine.Backends.Cpu;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models;
using Gateway.Engine.Weights;

namespace Gateway.Benchmarks.Attention;

/// <summary>One layer of DeepSeek-V2-Lite's latent attention, between the projections, with seeded random numbers.</summary>
internal sealed class LatentLayer : IDisposable
{
    private const int BlockSize = 16;
    private const int Repetitions = 5;

    private static readonly LatentAttentionShape Shape = new(
        0, 16, 512, 128, 64, 128, 1e-6f, 0.1147f, new RotaryEmbedding(64, 10_000, null));

    private readonly CpuBackend _backend;
    private readonly ILatentAttention _layer;
    private readonly IKvCache _cache;
    private readonly CpuRows _query;
    private readonly CpuRows _latents;
    private readonly IRows _attended;
    private readonly StepBatch _batch;
    private readonly int _maxContext;
    private readonly Random _random = new(1);

    public LatentLayer(CpuTeam team, int maxTokens, int sequences, int maxContext, KvCacheType type)
    {
        _maxContext = maxContext;
        _backend = new CpuBackend(team, maxTokens, type);
        var up = new ushort[Shape.Heads * Shape.RowsPerHead * Shape.LatentRank];
        for (var i = 0; i < up.Length; i++)
        {
            up[i] = (ushort)(BitConverter.SingleToUInt32Bits((_random.NextSingle() - 0.5f) / 16) >> 16);
        }

        var weights = WeightMatrix.FromHalf(Shape.Heads * Shape.RowsPerHead, Shape.LatentRank, WeightFormat.BFloat16, up);
        var norm = new float[Shape.LatentRank];
        Array.Fill(norm, 1);
        _layer = _backend.LatentAttention(Shape, norm, new LatentExpansion(new WeightSource("kv_b_proj", weights.Rows, weights.Columns, weights.Format, () => weights)));
        _cache = _backend.CreateCache(1, Shape.CacheWidth, sequences * (maxContext / BlockSize), BlockSize);
        _query = (CpuRows)_backend.Rows(Shape.Heads * Shape.HeadDimension);
        _latents = (CpuRows)_backend.Rows(Shape.CacheWidth);
        _attended = _backend.Rows(Shape.Heads * Shape.ValueDimension);
        _batch = new StepBatch(maxTokens);

        // The cache must hold something.
        for (var sequence = 0; sequence < sequences; sequence++)
        {
            for (var position = 0; position < maxContext; position += maxTokens)
            {
                Lay([(sequence, position, Math.Min(maxTokens, maxContext - position))]);
                Apply();
            }
        }
    }

    /// <summary>Multiply-adds of a step: those of the absorbed form.</summary>
    public static double MultiplyAdds(int tokens, double contexts) =>
        (contexts * Shape.Heads * (Shape.CacheWidth + Shape.LatentRank))
        + ((double)tokens * Shape.Heads * Shape.RowsPerHead * Shape.LatentRank);

    /// <summary>Multiply-adds that the expanded form would need for a chunk: all of the context expanded anew.</summary>
    public static double ExpandedMultiplyAdds(int context, double contexts) =>
        (contexts * Shape.Heads * (Shape.HeadDimension + Shape.ValueDimension))
        + ((double)context * Shape.Heads * Shape.RowsPerHead * Shape.LatentRank);

    /// <summary>Seconds of a chunk of one prompt that ends at that context; the median.</summary>
    public double Prefill(int tokens, int context)
    {
        Lay([(0, context - tokens, tokens)]);
        return Measure();
    }

    /// <summary>Seconds of one token each of several sequences with that context; the median.</summary>
    public double Decode(int sequences, int context)
    {
        Lay([.. Enumerable.Range(0, sequences).Select(sequence => (sequence, context - 1, 1))]);
        return Measure();
    }

    public void Dispose()
    {
        _cache.Dispose();
        _backend.Dispose();
    }

    private double Measure()
    {
        Apply();
        var times = new List<double>();
        var all = Stopwatch.StartNew();
        while (times.Count < Repetitions || all.ElapsedMilliseconds < 300)
        {
            Fill();
            var watch = Stopwatch.StartNew();
            _layer.Apply(RowsView.Of(_query), RowsView.Of(_latents), _attended);
            times.Add(watch.Elapsed.TotalSeconds);
        }

        times.Sort();
        return times[times.Count / 2];
    }

    private void Lay(IReadOnlyList<(int Sequence, int First, int Tokens)> pieces)
    {
        _batch.Clear();
        foreach (var (sequence, first, tokens) in pieces)
        {
            var perSequence = _maxContext / BlockSize;
            int[] blocks = [.. Enumerable.Range(sequence * perSequence, perSequence)];
            _batch.Add(new int[tokens], first, blocks, 0);
        }
    }

    private void Apply()
    {
        Fill();
        _backend.Begin(_batch, _cache, null);
        _layer.Apply(RowsView.Of(_query), RowsView.Of(_latents), _attended);
    }

    private void Fill()
    {
        for (var token = 0; token < _batch.TokenCount; token++)
        {
            Fill(_query.Row(token));
            Fill(_latents.Row(token));
        }
    }

    private void Fill(Span<float> row)
    {
        var state = (uint)_random.Next() | 1;
        foreach (ref var value in row)
        {
            state = (state * 1_664_525) + 1_013_904_223;
            value = (state / (float)uint.MaxValue) - 0.5f;
        }
    }
}
