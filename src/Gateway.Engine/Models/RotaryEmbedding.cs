namespace Gateway.Engine.Models;

/// <summary>The angles of rotary position embedding (Su et al. 2021, arXiv:2104.09864): a frequency per pair of channels, changed where a model says so.</summary>
internal sealed class RotaryEmbedding
{
    private readonly float[] _inverseFrequencies;

    /// <param name="dimension">Channels that turn; even.</param>
    /// <param name="theta">Base of the frequencies, <c>rope_theta</c>.</param>
    /// <param name="scaling">Context extension, or null.</param>
    public RotaryEmbedding(int dimension, double theta, RopeScaling? scaling)
    {
        _inverseFrequencies = new float[dimension / 2];
        for (var pair = 0; pair < _inverseFrequencies.Length; pair++)
        {
            var frequency = Math.Pow(theta, -2.0 * pair / dimension);
            _inverseFrequencies[pair] = (float)(scaling?.Scale(frequency, pair, dimension, theta) ?? frequency);
        }

        Multiplier = (float)(scaling?.RotaryMultiplier ?? 1);
    }

    /// <summary>Angle per position of each pair, in radians.</summary>
    public ReadOnlySpan<float> InverseFrequencies => _inverseFrequencies;

    /// <summary>Contained in the cosines and sines.</summary>
    public float Multiplier { get; }

    /// <summary>Cosines and sines of a position, one each per pair.</summary>
    public void Fill(int position, Span<float> cos, Span<float> sin)
    {
        for (var pair = 0; pair < _inverseFrequencies.Length; pair++)
        {
            // The angle is rounded to float32 first, as in the training code.
            var (sine, cosine) = MathF.SinCos(position * _inverseFrequencies[pair]);
            cos[pair] = cosine * Multiplier;
            sin[pair] = sine * Multiplier;
        }
    }
}
