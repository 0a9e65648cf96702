using System.Numerics.Tensors;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>Operations over one token's vector. None of them looks at another token.</summary>
internal static class Normalization
{
    /// <summary>y = x / √(mean(x²) + ε) · weight (Zhang and Sennrich 2019). <paramref name="y"/> may be <paramref name="x"/>.</summary>
    public static void RmsNorm(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float epsilon, Span<float> y)
    {
        var scale = 1 / MathF.Sqrt((DotProducts.Dot(x, x) / x.Length) + epsilon);
        TensorPrimitives.Multiply(x, scale, y);
        TensorPrimitives.Multiply(y[..x.Length], weight, y);
    }

    /// <summary>Replaces scores by their softmax; the largest is subtracted first, so that no exponential overflows.</summary>
    public static void Softmax(Span<float> scores)
    {
        TensorPrimitives.Subtract(scores, TensorPrimitives.Max<float>(scores), scores);
        TensorPrimitives.Exp<float>(scores, scores);
        var sum = 0f;
        foreach (var value in scores)
        {
            sum += value;
        }

        TensorPrimitives.Multiply(scores, 1 / sum, scores);
    }

    /// <summary>gate = silu(gate) · up, where silu(g) = g / (1 + e⁻ᵍ) (SwiGLU, Shazeer 2020).</summary>
    public static void SiluMultiply(Span<float> gate, ReadOnlySpan<float> up)
    {
        for (var i = 0; i < gate.Length; i++)
        {
            gate[i] = gate[i] / (1 + MathF.Exp(-gate[i])) * up[i];
        }
    }
}
