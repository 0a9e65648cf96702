using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>Rotary position embedding (Su et al. 2021). Each channel is two products, rounded, and their sum.</summary>
internal static class Rotation
{
    private const int PairsAtOnce = 8;

    private static readonly Vector512<int> Twice = Vector512.Create(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
    private static readonly Vector512<int> Swapped = Vector512.Create(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
    private static readonly Vector512<float> EvenSigns = Vector512.Create(-0f, 0, -0f, 0, -0f, 0, -0f, 0, -0f, 0, -0f, 0, -0f, 0, -0f, 0);

    /// <summary>Channels 2i and 2i + 1 turn together, as in DeepSeek's latent attention.</summary>
    /// <param name="x">Turned in place; twice as long as the tables.</param>
    /// <param name="cos">Cosines of this position's angles, one per pair.</param>
    /// <param name="sin">Sines.</param>
    public static void RotateInterleaved(Span<float> x, ReadOnlySpan<float> cos, ReadOnlySpan<float> sin)
    {
        _ = x[..(2 * cos.Length)];
        ref var channels = ref MemoryMarshal.GetReference(x);
        var pair = 0;
        for (; pair <= cos.Length - PairsAtOnce; pair += PairsAtOnce)
        {
            var values = Vector512.LoadUnsafe(ref channels, (nuint)(2 * pair));
            var cosines = Vector512.Shuffle(Vector512.Create(Vector256.Create(cos[pair..]), default), Twice);
            var sines = Vector512.Shuffle(Vector512.Create(Vector256.Create(sin[pair..]), default), Twice) ^ EvenSigns;
            ((values * cosines) + (Vector512.Shuffle(values, Swapped) * sines)).StoreUnsafe(ref channels, (nuint)(2 * pair));
        }

        for (; pair < cos.Length; pair++)
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
        _ = x[..(2 * half)];
        ref var channels = ref MemoryMarshal.GetReference(x);
        var pair = 0;
        for (; pair <= half - Vector512<float>.Count; pair += Vector512<float>.Count)
        {
            var (first, second) = (Vector512.LoadUnsafe(ref channels, (nuint)pair), Vector512.LoadUnsafe(ref channels, (nuint)(pair + half)));
            var (cosines, sines) = (Vector512.Create(cos[pair..]), Vector512.Create(sin[pair..]));
            ((first * cosines) - (second * sines)).StoreUnsafe(ref channels, (nuint)pair);
            ((second * cosines) + (first * sines)).StoreUnsafe(ref channels, (nuint)(pair + half));
        }

        for (; pair < half; pair++)
        {
            var (first, second) = (x[pair], x[pair + half]);
            x[pair] = (first * cos[pair]) - (second * sin[pair]);
            x[pair + half] = (second * cos[pair]) + (first * sin[pair]);
        }
    }
}
