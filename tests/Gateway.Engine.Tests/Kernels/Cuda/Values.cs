using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;

namespace Gateway.Engine.Tests.Kernels.Cuda;

/// <summary>Numbers to try kernels of attention on, and the same attention in double precision.</summary>
internal static class Values
{
    /// <summary>Uniform in [-1, 1), as the type holds them.</summary>
    public static float[] Random(Random random, ElementType type, int count)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            values[i] = Round(type, (random.NextSingle() * 2) - 1);
        }

        return values;
    }

    public static float Round(ElementType type, float value) => type == ElementType.Float32 ? value : BFloat16Bits.Round(value);

    /// <summary>Cosines and sines of angles, float32 [tokens, pairs].</summary>
    public static (float[] Cos, float[] Sin) Angles(Random random, int tokens, int pairs)
    {
        var angles = Enumerable.Range(0, tokens * pairs).Select(_ => random.NextSingle() * 6).ToArray();
        return ([.. angles.Select(MathF.Cos)], [.. angles.Select(MathF.Sin)]);
    }

    /// <summary>Attention of one query to keys 0 to count - 1.</summary>
    /// <param name="score">Product of the query and a key, not scaled.</param>
    /// <param name="value">A channel of a key's value.</param>
    /// <param name="count">Number of keys.</param>
    /// <param name="channels">Channels of a value.</param>
    /// <param name="scale">Factor of the scores.</param>
    public static double[] Attend(Func<int, double> score, Func<int, int, double> value, int count, int channels, double scale)
    {
        var scores = Enumerable.Range(0, count).Select(key => score(key) * scale).ToArray();
        var highest = count == 0 ? 0 : scores.Max();
        var weights = scores.Select(s => Math.Exp(s - highest)).ToArray();
        var sum = weights.Sum();
        var output = new double[channels];
        for (var key = 0; key < count; key++)
        {
            for (var channel = 0; channel < channels; channel++)
            {
                output[channel] += weights[key] / sum * value(key, channel);
            }
        }

        return output;
    }

    public static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += (double)a[i] * b[i];
        }

        return sum;
    }

    /// <summary>√(Σ(actual - expected)² / Σ expected²); infinite if anything is not finite.</summary>
    public static double RelativeError(IReadOnlyList<double> expected, ReadOnlySpan<float> actual)
    {
        var (error, norm) = (0.0, 0.0);
        for (var i = 0; i < expected.Count; i++)
        {
            error += Math.Pow(actual[i] - expected[i], 2);
            norm += Math.Pow(expected[i], 2);
        }

        return double.IsFinite(error) ? Math.Sqrt(error / Math.Max(norm, 1e-30)) : double.PositiveInfinity;
    }
}
