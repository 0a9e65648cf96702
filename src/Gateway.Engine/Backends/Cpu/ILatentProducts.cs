using Gateway.Engine.Kernels.Cpu.Attention;

namespace Gateway.Engine.Backends.Cpu;

/// <summary>
/// One head's part of a latent's expansion times some tokens: into the latent's space (W_UKᵀ) and out of it (W_UV). May be called from
/// several threads of a team at once.
/// </summary>
internal interface ILatentProducts
{
    /// <summary>y = W_UKᵀ · x, for each token.</summary>
    /// <param name="head">The head.</param>
    /// <param name="x">Per token the channels of its query that come from the latent.</param>
    /// <param name="xStride">Floats from one token's channels to the next one's.</param>
    /// <param name="tokens">At most <see cref="CpuLatentWorkspace.TokensAtOnce"/>.</param>
    /// <param name="y">Receives as many values as the latent has per token. What lies behind them, up to whole vectors, may become 0.</param>
    void Absorb(int head, ReadOnlySpan<float> x, int xStride, int tokens, RowBlock y);

    /// <summary>y = W_UV · x, for each token.</summary>
    /// <param name="head">The head.</param>
    /// <param name="x">Per token a vector of the latent's space.</param>
    /// <param name="tokens">At most <see cref="CpuLatentWorkspace.TokensAtOnce"/>.</param>
    /// <param name="y">Receives the channels of a value per token.</param>
    /// <param name="yStride">Floats from one token's values to the next one's.</param>
    void Expand(int head, RowBlock x, int tokens, Span<float> y, int yStride);
}
