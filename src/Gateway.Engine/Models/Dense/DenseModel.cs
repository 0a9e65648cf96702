using Gateway.Engine.Backends;
using Gateway.Engine.KvCache;

namespace Gateway.Engine.Models.Dense;

/// <summary>
/// The decoder of Llama (Touvron et al. 2023, arXiv:2302.13971), and of Qwen2 and Qwen3, which differ from it by what
/// <see cref="DenseConfig"/> says: biases on queries, keys and values; norms on each query and key head.
/// </summary>
/// <remarks>
/// A forward pass, matched by the marks in the bodies: 1 embed; then in each layer 2 norm and project to queries, keys and values,
/// 3 attend to the keys and values so far, 4 project back, 5 norm and feed forward; at last 6 norm and head.
/// </remarks>
internal sealed class DenseModel : ILanguageModel
{
    private readonly IBackend _backend;
    private readonly IEmbedding _embedding;
    private readonly DenseLayer[] _layers;
    private readonly IHead _head;
    private readonly IRows _hidden;
    private readonly IRows _projected;
    private readonly IRows _attended;

    /// <exception cref="Weights.WeightsFormatException">A tensor cannot be read, or holds values that are not finite.</exception>
    public DenseModel(DenseConfig config, DenseWeights weights, long parameterCount, IBackend backend)
    {
        (Config, ParameterCount, _backend) = (config, parameterCount, backend);
        var scaling = weights.RotaryDivisors is { } divisors ? new DivisorScaling(divisors) : config.Scaling;
        Rotary = new RotaryEmbedding(config.HeadDimension, config.RopeTheta, scaling);
        _embedding = backend.Embedding(weights.Embedding);
        _layers = [.. weights.Layers.Select((layer, i) => new DenseLayer(i, config, Rotary, layer, backend))];
        _head = backend.Head(weights.FinalNorm, config.NormEpsilon, weights.Head);
        _hidden = backend.ResidualRows(config.HiddenSize);
        _projected = backend.Rows((config.Heads + (2 * config.KeyValueHeads)) * config.HeadDimension);
        _attended = backend.Rows(config.Heads * config.HeadDimension);
    }

    public string Family => Config.Family;

    public int VocabularySize => Config.VocabularySize;

    public int HiddenSize => Config.HiddenSize;

    public int MaxPositions => Config.MaxPositions;

    public long ParameterCount { get; }

    public int CacheLayers => Config.Layers;

    public int CacheWidth => Config.CacheWidth;

    internal DenseConfig Config { get; }

    internal RotaryEmbedding Rotary { get; }

    public void Forward(StepBatch batch, IKvCache cache, IForwardObserver? observer = null)
    {
        _backend.Begin(batch, cache, observer);

        // :: Step 1: embed
        _embedding.Apply(_hidden);
        _backend.Observe("embed", null, RowsView.Of(_hidden));
        for (var layer = 0; layer < _layers.Length; layer++)
        {
            _layers[layer].Forward(_hidden, _projected, _attended);
            _backend.Observe("out", layer, RowsView.Of(_hidden));
        }

        // :: Step 6: norm and head
        _head.Apply(_hidden);
    }
}
