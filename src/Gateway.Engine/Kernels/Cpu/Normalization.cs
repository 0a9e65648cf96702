using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu;

/// <summary>Operations over one token's vector. None of them looks at another token.</summary>
internal static class Normalization
{
    private const int Lanes = 16;

    /// <summary>y = x / √(mean(x²) + ε) · weight (Zhang and Sennrich 2019). <paramref name="y"/> may be <paramref name="x"/>.</summary>
    public static void RmsNorm(ReadOnlySpan<float> x, ReadOnlySpan<float> weight, float epsilon, Span<float> y)
    {
        var scale = 1 / MathF.Sqrt((DotProducts.Dot(x, x) / x.Length) + epsilon);
        var i = 0;
        for (; i <= x.Length - Lanes; i += Lanes)
        {
            (Vector512.Create(x[i..]) * scale * Vector512.Create(weight[i..])).CopyTo(y[i..]);
        }

        for (; i < x.Length; i++)
        {
            y[i] = x[i] * scale * weight[i];
        }
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
        var i = 0;
        for (; i <= gate.Length - Lanes; i += Lanes)
        {
            SiluMultiply(Vector512.Create<float>(gate[i..]), Vector512.Create(up[i..])).CopyTo(gate[i..]);
        }

        if (i < gate.Length)
        {
            // The rest by the same arithmetic, so that an element's bits do not depend on where a row ends.
            Span<float> rest = stackalloc float[2 * Lanes];
            gate[i..].CopyTo(rest);
            up[i..gate.Length].CopyTo(rest[Lanes..]);
            SiluMultiply(Vector512.Create<float>(rest), Vector512.Create<float>(rest[Lanes..])).CopyTo(rest);
            rest[..(gate.Length - i)].CopyTo(gate[i..]);
        }
    }

    private static Vector512<float> SiluMultiply(Vector512<float> gate, Vector512<float> up) =>
        gate / (Vector512<float>.One + Exponential.Of(-gate)) * up;
}
