using Gateway.Engine.KvCache;
using Gateway.Engine.Models;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Backends;

/// <summary>
/// Where a model computes: it makes the layers that a model file wires together, and keeps what they share during a step. A model
/// file is written once and runs on any backend; scheduler and cache bookkeeping know none.
/// </summary>
/// <remarks>
/// Layers take their weights when they are made and may keep them in another form or place; the host's copy can go afterwards.
/// Between <see cref="Begin"/> and the next one, layers read the step's tokens, positions and block tables from the backend.
/// For use by one thread.
/// </remarks>
internal interface IBackend : IDisposable
{
    /// <summary>For people, e.g. <c>CPU, 2 threads</c> or <c>NVIDIA H200, bfloat16</c>.</summary>
    string Description { get; }

    /// <summary>Which kind of device it is: not <see cref="ComputeDevice.Auto"/>.</summary>
    ComputeDevice Kind { get; }

    /// <summary>Bytes that one value takes in the KV cache.</summary>
    int CacheBytesPerValue { get; }

    /// <summary>Bytes that one value of an adapter takes.</summary>
    int AdapterBytesPerValue { get; }

    /// <summary>Memory that weights, adapters and cache share, in bytes.</summary>
    long MemoryBytes { get; }

    /// <summary>What becomes of a tensor here: the form that the backend keeps it in, and what that takes.</summary>
    /// <param name="claim">The tensor in the form that it is loaded in.</param>
    WeightClaim Held(WeightClaim claim);

    /// <summary>Rows of intermediate results, one per token of a step.</summary>
    IRows Rows(int columns);

    /// <summary>The rows that all blocks add to: the residual stream, kept in float32.</summary>
    IRows ResidualRows(int columns);

    /// <summary>Memory for the layers' caches.</summary>
    /// <param name="layers">Layers that cache something.</param>
    /// <param name="width">Values per token and layer.</param>
    /// <param name="blocks">Number of blocks.</param>
    /// <param name="blockSize">Tokens per block.</param>
    IKvCache CreateCache(int layers, int width, int blocks, int blockSize);

    IEmbedding Embedding(WeightSource table);

    /// <summary>Linear layers over the same normed input: their outputs lie side by side in one row.</summary>
    /// <param name="norm">Weight of the RMS norm.</param>
    /// <param name="epsilon">Of the norm.</param>
    /// <param name="parts">In the order of their outputs.</param>
    IProjection Projection(float[] norm, float epsilon, params ReadOnlySpan<Linear> parts);

    /// <summary>A linear layer that adds its output to the residual stream.</summary>
    IResidualLinear ResidualLinear(Linear linear);

    ILatentAttention LatentAttention(LatentAttentionShape shape, float[] latentNorm, LatentExpansion latentUp);

    IGroupedAttention GroupedAttention(GroupedAttentionShape shape, HeadNorms? norms);

    /// <summary>RMS norm, then a gated MLP, added to the residual stream.</summary>
    IFeedForward Mlp(float[] norm, float epsilon, GatedMlp mlp);

    /// <summary>RMS norm, then a mixture of experts, added to the residual stream.</summary>
    IFeedForward Mixture(int layer, float[] norm, float epsilon, MixtureWeights weights);

    /// <summary>RMS norm and linear layer that give the logits of <see cref="StepBatch.LogitTokens"/>.</summary>
    IHead Head(float[] norm, float epsilon, WeightSource weights);

    /// <summary>Starts a step.</summary>
    void Begin(StepBatch batch, IKvCache cache, IForwardObserver? observer);

    /// <summary>Shows rows to the step's observer, if it has one: as <paramref name="name"/>, or <c>layer.N.name</c>.</summary>
    void Observe(string name, int? layer, RowsView rows);

    /// <summary>Copies the logits of the step, one row per <see cref="StepBatch.LogitTokens"/>, to the host; waits for them.</summary>
    void ReadLogits(Memory<float> destination);

    /// <summary>
    /// Computes the logits of some of the step's <see cref="StepBatch.StateTokens"/> for <see cref="ReadLogits"/>, in the place of those of
    /// <see cref="StepBatch.LogitTokens"/>: no more rows at once than there can be of these.
    /// </summary>
    void ProjectStates(int first, int count);

    /// <summary>Copies the states of some of the step's <see cref="StepBatch.StateTokens"/>, one row each, to the host; waits for them.</summary>
    void ReadStates(int first, Span<float> destination);
}
