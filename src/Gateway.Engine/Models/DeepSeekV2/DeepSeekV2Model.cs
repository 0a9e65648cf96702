using Gateway.Engine.Backends;
using Gateway.Engine.KvCache;

namespace Gateway.Engine.Models.DeepSeekV2;

/// <summary>
/// The DeepSeek-V2 architecture (arXiv:2405.04434): multi-head latent attention over a cache of latents, and a mixture of experts.
/// </summary>
/// <remarks>
/// A forward pass, matched by the marks in the bodies below: 1 embed; then in each layer 2 norm and project to queries and latents,
/// 3 attend to the latents, 4 project back, 5 norm and feed forward, dense or by experts; at last 6 norm and head.
/// </remarks>
internal sealed class DeepSeekV2Model : ILanguageModel
{
    private readonly IBackend _backend;
    private readonly IEmbedding _embedding;
    private readonly DeepSeekV2Layer[] _layers;
    private readonly IHead _head;
    private readonly DeepSeekV2Rows _rows;

    /// <exception cref="Weights.WeightsFormatException">A tensor cannot be read, or holds values that are not finite.</exception>
    public DeepSeekV2Model(DeepSeekV2Config config, DeepSeekV2Weights weights, long parameterCount, IBackend backend)
    {
        (Config, ParameterCount, _backend) = (config, parameterCount, backend);
        Rotary = new RotaryEmbedding(config.RopeDimension, config.RopeTheta, config.Yarn);
        _embedding = backend.Embedding(weights.Embedding);
        _layers = [.. weights.Layers.Select((layer, i) => new DeepSeekV2Layer(i, config, Rotary, layer, backend))];
        _head = backend.Head(weights.FinalNorm, config.NormEpsilon, weights.Head);
        _rows = new DeepSeekV2Rows(config, backend);
    }

    public string Family => DeepSeekV2Config.ModelType;

    public int VocabularySize => Config.VocabularySize;

    public int HiddenSize => Config.HiddenSize;

    public int MaxPositions => Config.MaxPositions;

    public long ParameterCount { get; }

    public int CacheLayers => Config.Layers;

    public int CacheWidth => Config.CacheWidth;

    internal DeepSeekV2Config Config { get; }

    internal RotaryEmbedding Rotary { get; }

    public void Forward(StepBatch batch, IKvCache cache, IForwardObserver? observer = null)
    {
        _backend.Begin(batch, cache, observer);

        // :: Step 1: embed
        _embedding.Apply(_rows.Hidden);
        _backend.Observe("embed", null, RowsView.Of(_rows.Hidden));
        for (var layer = 0; layer < _layers.Length; layer++)
        {
            _layers[layer].Forward(_rows);
            _backend.Observe("out", layer, RowsView.Of(_rows.Hidden));
        }

        // :: Step 6: norm and head
        _head.Apply(_rows.Hidden);
    }
}
