namespace Gateway.Engine.Kernels.Cuda;

/// <summary>Dimensions and constants of a layer with multi-head latent attention (DeepSeek-V2, 2024, section 2.1).</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="LatentRank">Channels of the normed latent; even.</param>
/// <param name="NopeDim">Channels of a query head without position; even.</param>
/// <param name="RopeDim">Channels of a query head, and of the key that all heads share, that turn with the position; even.</param>
/// <param name="ValueDim">Channels of a value head.</param>
/// <param name="Scale">Factor of the scores before the softmax.</param>
/// <param name="NormEpsilon">ε of the latent's RMSNorm.</param>
internal sealed record MlaShape(int Heads, int LatentRank, int NopeDim, int RopeDim, int ValueDim, float Scale, float NormEpsilon)
{
    /// <summary>Channels of a query head.</summary>
    public int QueryDim => NopeDim + RopeDim;

    /// <summary>Elements of a token in the cache: the normed latent, then the turned shared key.</summary>
    public int CacheWidth => LatentRank + RopeDim;

    /// <summary>Channels that a head has in the expanded latents: key without position, then value.</summary>
    public int ExpandedDim => NopeDim + ValueDim;
}
