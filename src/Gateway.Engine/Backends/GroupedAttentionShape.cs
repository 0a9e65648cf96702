using Gateway.Engine.Models;

namespace Gateway.Engine.Backends;

/// <summary>The dimensions of one layer's grouped-query attention.</summary>
/// <param name="Layer">Which layer's cache; a token's row holds all its keys, then all its values.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KeyHeads">Key and value heads; divides <paramref name="Heads"/>.</param>
/// <param name="HeadDimension">Channels of a head; all are rotated, channel i with i + half.</param>
/// <param name="SoftmaxScale">What scores are multiplied by.</param>
/// <param name="Rotary">Angles.</param>
internal sealed record GroupedAttentionShape(
    int Layer, int Heads, int KeyHeads, int HeadDimension, float SoftmaxScale, RotaryEmbedding Rotary)
{
    public int CacheWidth => 2 * KeyHeads * HeadDimension;
}
