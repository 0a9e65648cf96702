namespace Gateway.Engine.KvCache;

/// <summary>
/// What attention remembers: per layer, block and token a row of floats. For multi-head latent attention (DeepSeek-V2,
/// arXiv:2405.04434) a row is the normed latent followed by the rotated shared key, and nothing else.
/// </summary>
internal sealed class PagedCache : IKvCache
{
    private readonly float[][] _layers;

    /// <remarks>blocks × blockSize × width is at most <see cref="Array.MaxLength"/>.</remarks>
    /// <param name="layers">Layers that cache something.</param>
    /// <param name="width">Floats per token and layer.</param>
    /// <param name="blocks">Number of blocks.</param>
    /// <param name="blockSize">Tokens per block.</param>
    public PagedCache(int layers, int width, int blocks, int blockSize)
    {
        Width = width;
        BlockSize = blockSize;
        _layers = new float[layers][];
        for (var layer = 0; layer < layers; layer++)
        {
            _layers[layer] = GC.AllocateUninitializedArray<float>(blocks * blockSize * width);
        }
    }

    public int Width { get; }

    public int BlockSize { get; }

    /// <summary>The first <paramref name="tokens"/> rows of a block.</summary>
    public ReadOnlySpan<float> Rows(int layer, int block, int tokens) =>
        _layers[layer].AsSpan(block * BlockSize * Width, tokens * Width);

    /// <summary>The row of the token at <paramref name="position"/> of a sequence with that block table.</summary>
    public Span<float> Row(int layer, ReadOnlySpan<int> blocks, int position)
    {
        var slot = (blocks[position / BlockSize] * BlockSize) + (position % BlockSize);
        return _layers[layer].AsSpan(slot * Width, Width);
    }

    public void Dispose()
    {
    }
}
