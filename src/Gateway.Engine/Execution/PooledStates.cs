using Gateway.Engine.Weights;

namespace Gateway.Engine.Execution;

/// <summary>The states of a text's tokens after the last norm, made into one vector.</summary>
/// <remarks>
/// They are added up in double precision, one position after the other: the sum does not depend on the pieces that the text was
/// computed in.
/// </remarks>
/// <param name="pooling">Which states count.</param>
/// <param name="tokens">Of the text.</param>
/// <param name="width">Numbers per state.</param>
internal sealed class PooledStates(EmbeddingPooling pooling, int tokens, int width)
    : PromptReading(pooling == EmbeddingPooling.Last ? tokens - 1 : 0, tokens)
{
    private readonly double[] _sum = new double[width];

    /// <summary>Takes the states of the next positions, as rows.</summary>
    public void Add(ReadOnlySpan<float> states)
    {
        IsDamaged |= !FiniteCheck.AllFinite(states);
        for (var row = 0; row < states.Length; row += width)
        {
            var state = states.Slice(row, width);
            for (var channel = 0; channel < _sum.Length; channel++)
            {
                _sum[channel] += state[channel];
            }
        }

        Advance(states.Length / width);
    }

    /// <summary>The first so many numbers, scaled to length 1. A vector of zeros stays one. The length of a sum is that of no mean, but its direction is.</summary>
    public float[] ToUnitVector(int dimensions)
    {
        var squares = 0d;
        foreach (var value in _sum.AsSpan(0, dimensions))
        {
            squares += value * value;
        }

        var scale = squares > 0 ? 1 / Math.Sqrt(squares) : 0;
        var vector = new float[dimensions];
        for (var channel = 0; channel < dimensions; channel++)
        {
            vector[channel] = (float)(_sum[channel] * scale);
        }

        return vector;
    }
}
