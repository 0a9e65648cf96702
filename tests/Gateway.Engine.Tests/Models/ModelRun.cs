using Gateway.Engine.KvCache;
using Gateway.Engine.Models;

namespace Gateway.Engine.Tests.Models;

/// <summary>Drives a model without an engine: sequences in a cache of their own, one forward pass at a time.</summary>
internal sealed class ModelRun(LoadedModel loaded, int sequences, int maxTokens)
{
    public const int MaxStepTokens = 1024;
    public const int BlockSize = 16;

    private readonly IKvCache _cache = loaded.Backend.CreateCache(
        loaded.Model.CacheLayers, loaded.Model.CacheWidth, sequences * BlocksPerSequence(maxTokens), BlockSize);
    private readonly StepBatch _batch = new(MaxStepTokens);
    private readonly int[] _cached = new int[sequences];

    /// <summary>The number of the adapter that each sequence is under; by default the bare model.</summary>
    public int[] Adapters { get; init; } = new int[sequences];

    /// <summary>Computes pieces of several sequences in one pass; per piece the logits of its last tokens, as many as asked for.</summary>
    public float[][] Forward(IEnumerable<(int Sequence, int[] Ids, int Logits)> pieces, IForwardObserver? observer = null)
    {
        _batch.Clear();
        foreach (var (sequence, ids, logits) in pieces)
        {
            _batch.Add(ids, _cached[sequence], Blocks(sequence), logits, Adapters[sequence]);
            _cached[sequence] += ids.Length;
        }

        var rows = new float[_batch.LogitTokens.Count * loaded.Model.VocabularySize];
        loaded.Model.Forward(_batch, _cache, observer);
        loaded.Backend.ReadLogits(rows);
        return [.. rows.Chunk(loaded.Model.VocabularySize)];
    }

    public float[][] Forward(int sequence, int[] ids, int logits, IForwardObserver? observer = null) =>
        Forward([(sequence, ids, logits)], observer);

    private int[] Blocks(int sequence)
    {
        // Interleaved, so that no sequence's blocks lie side by side.
        return [.. Enumerable.Range(0, BlocksPerSequence(maxTokens)).Select(i => (i * _cached.Length) + sequence)];
    }

    private static int BlocksPerSequence(int maxTokens) => (maxTokens + BlockSize - 1) / BlockSize;
}
