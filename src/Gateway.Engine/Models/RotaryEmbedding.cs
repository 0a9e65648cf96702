namespace Gateway.Engine.Models;

/// <summary>The angles of rotary position embedding: a frequency per pair of channels, changed by YaRN where a model says so.</summary>
internal sealed class RotaryEmbedding
{
    private readonly float[] _inverseFrequencies;

    /// <param name="dimension">Channels that turn; even.</param>
    /// <param name="theta">Base of the frequencies, <c>rope_theta</c>.</param>
    /// <param name="yarn">Context extension, or null.</param>
    public RotaryEmbedding(int dimension, double theta, YarnScaling? yarn)
    {
        _inverseFrequencies = new float[dimension / 2];
        for (var pair = 0; pair < _inverseFrequencies.Length; pair++)
        {
            var frequency = Math.Pow(theta, -2.0 * pair / dimension);
            var kept = yarn is null ? 1 : KeptShare(pair, dimension, theta, yarn);
            _inverseFrequencies[pair] = (float)((frequency * kept) + (frequency / (yarn?.Factor ?? 1) * (1 - kept)));
        }

        Multiplier = (float)(yarn?.RotaryMultiplier ?? 1);
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

    /// <summary>How much of its own frequency a pair keeps: 1 for fast ones, 0 for slow ones, a ramp between (YaRN, section 3.2).</summary>
    private static double KeptShare(int pair, int dimension, double theta, YarnScaling yarn)
    {
        var low = Math.Max(Math.Floor(PairThatTurns(yarn.BetaFast)), 0);
        var high = Math.Min(Math.Ceiling(PairThatTurns(yarn.BetaSlow)), dimension - 1);
        var width = high > low ? high - low : 0.001;
        return 1 - Math.Clamp((pair - low) / width, 0, 1);

        double PairThatTurns(double times) =>
            dimension * Math.Log(yarn.OriginalContext / (times * 2 * Math.PI)) / (2 * Math.Log(theta));
    }
}
