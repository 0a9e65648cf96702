namespace Gateway.Engine.Kernels.Cuda;

/// <summary>Dimensions and constants of a layer with grouped-query attention (Ainslie et al. 2023), as in Llama and Qwen.</summary>
/// <param name="Heads">Query heads; a multiple of <paramref name="KeyValueHeads"/>.</param>
/// <param name="KeyValueHeads">Key heads, and as many value heads.</param>
/// <param name="HeadDim">Channels of each head; even. All of them turn with the position, i with i + HeadDim / 2.</param>
/// <param name="Scale">Factor of the scores before the softmax.</param>
/// <param name="NormEpsilon">ε of the norms of query and key heads, where a model has them.</param>
internal sealed record GroupedKernelShape(int Heads, int KeyValueHeads, int HeadDim, float Scale, float NormEpsilon)
{
    /// <summary>Query heads that share a key head.</summary>
    public int GroupSize => Heads / KeyValueHeads;

    /// <summary>Elements of a token in the cache: all keys, then all values.</summary>
    public int CacheWidth => 2 * KeyValueHeads * HeadDim;
}
