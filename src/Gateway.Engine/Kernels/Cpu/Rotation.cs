namespace Gateway.Engine.Kernels.Cpu;

/// <summary>Rotary position embedding (Su et al. 2021).</summary>
internal static class Rotation
{
    /// <summary>Channels 2i and 2i + 1 turn together, as in DeepSeek's latent attention.</summary>
    /// <param name="x">Turned in place; twice as long as the tables.</param>
    /// <param name="cos">Cosines of this position's angles, one per pair.</param>
    /// <param name="sin">Sines.</param>
    public static void RotateInterleaved(Span<float> x, ReadOnlySpan<float> cos, ReadOnlySpan<float> sin)
    {
        for (var pair = 0; pair < cos.Length; pair++)
        {
            var (even, odd) = (x[2 * pair], x[(2 * pair) + 1]);
            x[2 * pair] = (even * cos[pair]) - (odd * sin[pair]);
            x[(2 * pair) + 1] = (even * sin[pair]) + (odd * cos[pair]);
        }
    }

    /// <summary>Channels i and i + half turn together, as in Llama and Qwen.</summary>
    /// <param name="x">Turned in place; twice as long as the tables.</param>
    /// <param name="cos">Cosines of this position's angles, one per pair.</param>
    /// <param name="sin">Sines.</param>
    public static void RotateHalves(Span<float> x, ReadOnlySpan<float> cos, ReadOnlySpan<float> sin)
    {
        var half = cos.Length;
        for (var pair = 0; pair < half; pair++)
        {
            var (first, second) = (x[pair], x[pair + half]);
            x[pair] = (first * cos[pair]) - (second * sin[pair]);
            x[pair + half] = (second * cos[pair]) + (first * sin[pair]);
        }
    }
}
