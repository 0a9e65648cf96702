namespace Gateway.Engine.Kernels.Cpu.Attention;

/// <summary>What attention over a paged cache needs to know of a layer.</summary>
/// <param name="Heads">Query heads.</param>
/// <param name="KeyHeads">Key and value heads; divides <paramref name="Heads"/>. 1 in the absorbed form of latent attention.</param>
/// <param name="KeyWidth">Channels of a query and of a key.</param>
/// <param name="ValueWidth">Channels of a value.</param>
/// <param name="ValuesAreKeys">
/// Whether a value is the beginning of its key, as in the absorbed form of latent attention; else the cache has a plane per key head,
/// then a plane per value head, as wide as each other.
/// </param>
/// <param name="Scale">What scores are multiplied by.</param>
internal sealed record AttentionShape(int Heads, int KeyHeads, int KeyWidth, int ValueWidth, bool ValuesAreKeys, float Scale)
{
    private const int Lanes = 16;

    /// <summary>Query heads that share a key head.</summary>
    public int HeadsPerKey => Heads / KeyHeads;

    /// <summary>Floats that a query takes: whole vectors, zeros at the end.</summary>
    public int QueryStride => Padded(KeyWidth);

    /// <summary>Channels of a value in whole vectors.</summary>
    public int ResultWidth => Padded(ValueWidth);

    /// <summary>Floats that a result row takes; see <see cref="SpanSoftmax"/>.</summary>
    public int ResultStride => ResultWidth + SpanSoftmax.Tail;

    private static int Padded(int width) => (width + Lanes - 1) / Lanes * Lanes;
}
