using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Attention;

namespace Gateway.Engine.KvCache;

/// <summary>
/// What attention remembers, in the host's memory: per layer, block and token a row of numbers. For multi-head latent attention
/// (DeepSeek-V2, arXiv:2405.04434) a row is the normed latent followed by the rotated shared key, and nothing else.
/// </summary>
/// <remarks>
/// A block holds planes one after the other, each with a row per token: one plane for latents, one per head for keys and values. So what
/// one head reads lies side by side.
/// </remarks>
internal sealed class PagedCache : IKvCache
{
    private readonly AlignedBuffer[] _layers;
    private readonly long _blockBytes;

    /// <param name="layers">Layers that cache something.</param>
    /// <param name="width">Numbers per token and layer.</param>
    /// <param name="blocks">Number of blocks.</param>
    /// <param name="blockSize">Tokens per block.</param>
    /// <param name="type">What numbers are kept as.</param>
    public PagedCache(int layers, int width, int blocks, int blockSize, KvCacheType type)
    {
        (BlockSize, Type) = (blockSize, type);
        _blockBytes = (long)blockSize * width * BytesPerValue(type);
        _layers = new AlignedBuffer[layers];
        for (var layer = 0; layer < layers; layer++)
        {
            _layers[layer] = new AlignedBuffer(blocks * _blockBytes);
        }
    }

    public int BlockSize { get; }

    public KvCacheType Type { get; }

    public static int BytesPerValue(KvCacheType type) => type == KvCacheType.F32 ? sizeof(float) : sizeof(ushort);

    /// <summary>Where a token's row of a plane is.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="plane">Which plane, from 0.</param>
    /// <param name="width">Numbers per row; all of the layer's planes have as many.</param>
    /// <param name="block">The block that the token is in.</param>
    /// <param name="slot">The token's place in the block.</param>
    public nint Row(int layer, int plane, int width, int block, int slot) =>
        _layers[layer].Address + (nint)((block * _blockBytes) + ((((long)plane * BlockSize) + slot) * width * BytesPerValue(Type)));

    /// <summary>Keeps a row for the token at <paramref name="position"/> of a sequence with that block table.</summary>
    public void Write(int layer, int plane, int[] blocks, int position, ReadOnlySpan<float> row) =>
        CacheRows.Write(Row(layer, plane, row.Length, blocks[position / BlockSize], position % BlockSize), Type, row);

    public void Dispose()
    {
        foreach (var layer in _layers)
        {
            layer.Dispose();
        }
    }
}
