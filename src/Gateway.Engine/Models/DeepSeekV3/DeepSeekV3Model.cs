using Gateway.Engine.Backends;
using Gateway.Engine.KvCache;
using Gateway.Engine.Models.DeepSeekV2;

namespace Gateway.Engine.Models.DeepSeekV3;

/// <summary>
/// The DeepSeek-V3 architecture (arXiv:2412.19437), which R1 and V3.1 share: wired as V2 is, with latent attention and a mixture of
/// experts. What differs is how experts are chosen (<see cref="SigmoidRouter"/>, by <see cref="MixtureConfig.Scoring"/>), and the layers
/// that predict further tokens, which stand behind the last layer of the file and are not loaded.
/// </summary>
internal sealed class DeepSeekV3Model(DeepSeekV3Config config, DeepSeekV2Weights weights, long parameterCount, IBackend backend) : ILanguageModel
{
    public string Family => DeepSeekV3Config.ModelType;

    public int VocabularySize => Body.VocabularySize;

    public int HiddenSize => Body.HiddenSize;

    public int MaxPositions => Body.MaxPositions;

    public long ParameterCount => Body.ParameterCount;

    public int CacheLayers => Body.CacheLayers;

    public int CacheWidth => Body.CacheWidth;

    /// <summary>What V2 has too, and that is all of it so far.</summary>
    internal DeepSeekV2Model Body { get; } = new(config.Body, weights, parameterCount, backend);

    public void Forward(StepBatch batch, IKvCache cache, IForwardObserver? observer = null) => Body.Forward(batch, cache, observer);
}
