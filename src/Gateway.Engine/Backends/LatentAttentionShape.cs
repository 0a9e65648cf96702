using Gateway.Engine.Models;

namespace Gateway.Engine.Backends;

/// <summary>The dimensions of one layer's latent attention.</summary>
/// <param name="Layer">Which layer's cache.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="LatentRank">Width of the latent.</param>
/// <param name="NopeDimension">Channels of a query head without position.</param>
/// <param name="RopeDimension">Channels of a query head that are rotated, in interleaved pairs.</param>
/// <param name="ValueDimension">Channels of a value head.</param>
/// <param name="NormEpsilon">Of the latent's norm.</param>
/// <param name="SoftmaxScale">What scores are multiplied by.</param>
/// <param name="Rotary">Angles.</param>
internal sealed record LatentAttentionShape(
    int Layer,
    int Heads,
    int LatentRank,
    int NopeDimension,
    int RopeDimension,
    int ValueDimension,
    float NormEpsilon,
    float SoftmaxScale,
    RotaryEmbedding Rotary)
{
    /// <summary>Values per token in the cache: the latent and the one rotated key that all heads share.</summary>
    public int CacheWidth => LatentRank + RopeDimension;

    /// <summary>Channels of a query head.</summary>
    public int HeadDimension => NopeDimension + RopeDimension;

    /// <summary>Rows of kv_b_proj per head: those that expand the latent to a key, then those to a value.</summary>
    public int RowsPerHead => NopeDimension + ValueDimension;
}
