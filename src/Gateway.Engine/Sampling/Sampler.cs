using System.Numerics;
using System.Numerics.Tensors;

namespace Gateway.Engine.Sampling;

/// <summary>
/// Chooses the next token. The steps, in this order: mask, logit bias, repetition penalty, frequency and presence penalty, temperature,
/// min-p, top-k, top-p, and one draw. Computed in double precision.
/// </summary>
/// <remarks>Holds scratch for one vocabulary; not for use by several threads at once.</remarks>
internal sealed class Sampler(int vocabularySize)
{
    private readonly double[] _probabilities = new double[vocabularySize];
    private readonly double[] _candidates = new double[vocabularySize];

    /// <summary>Draws a token. It depends on the seed and <paramref name="position"/>, its place in the sequence.</summary>
    /// <param name="allowed">One bit per id, lowest ids in the lowest bits: those to choose from, at least one; empty for all.</param>
    public int Sample(
        ReadOnlySpan<float> logits, SamplingParameters parameters, TokenHistory history, long seed, int position, ReadOnlySpan<uint> allowed = default)
    {
        if (parameters.Temperature == 0 && allowed.IsEmpty && !Adjusts(parameters))
        {
            return logits.IndexOf(TensorPrimitives.Max(logits));
        }

        var probabilities = Distribution(logits, parameters, history, allowed);
        var target = Philox.NextDouble(seed, position);
        var last = 0;
        for (var id = 0; id < probabilities.Length; id++)
        {
            if (probabilities[id] > 0)
            {
                last = id;
                target -= probabilities[id];
                if (target < 0)
                {
                    return id;
                }
            }
        }

        // The probabilities add up to 1 but for rounding; the rest belongs to the last id.
        return last;
    }

    /// <summary>The probability of each id to be drawn. Valid until the next call.</summary>
    public ReadOnlySpan<double> Distribution(
        ReadOnlySpan<float> logits, SamplingParameters parameters, TokenHistory history, ReadOnlySpan<uint> allowed = default)
    {
        var scores = _probabilities.AsSpan();
        TensorPrimitives.ConvertChecked(logits, scores);
        Mask(scores, allowed);
        Penalize(scores, parameters, history);
        var best = TensorPrimitives.Max<double>(scores);
        if (parameters.Temperature == 0)
        {
            var greedy = scores.IndexOf(best);
            scores.Clear();
            scores[greedy] = 1;
            return scores;
        }

        TensorPrimitives.Subtract(scores, best, scores);
        TensorPrimitives.Divide(scores, parameters.Temperature, scores);
        TensorPrimitives.Exp<double>(scores, scores);

        // The best one is exactly 1 here, so that min-p needs no sum.
        DropBelow(scores, parameters.MinP);
        KeepTopK(scores, parameters.TopK);
        Normalize(scores);
        if (parameters.TopP < 1)
        {
            KeepTopP(scores, parameters.TopP);
            Normalize(scores);
        }

        return scores;
    }

    /// <summary>What is not allowed has no score that bias or penalties could raise.</summary>
    private static void Mask(Span<double> scores, ReadOnlySpan<uint> allowed)
    {
        for (var word = 0; word < allowed.Length; word++)
        {
            var forbidden = ~allowed[word];
            var rest = Math.Min(32, scores.Length - (32 * word));
            forbidden &= rest == 32 ? uint.MaxValue : (1u << rest) - 1;
            if (forbidden == uint.MaxValue)
            {
                scores.Slice(32 * word, 32).Fill(double.NegativeInfinity);
                continue;
            }

            for (; forbidden != 0; forbidden &= forbidden - 1)
            {
                scores[(32 * word) + BitOperations.TrailingZeroCount(forbidden)] = double.NegativeInfinity;
            }
        }
    }

    /// <summary>Whether any score differs from its logit.</summary>
    private static bool Adjusts(SamplingParameters parameters) => parameters.Biases.Length > 0
        || parameters.RepetitionPenalty != 1 || parameters.FrequencyPenalty != 0 || parameters.PresencePenalty != 0;

    private static void Penalize(Span<double> scores, SamplingParameters parameters, TokenHistory history)
    {
        foreach (var (id, bias) in parameters.Biases)
        {
            scores[id] += bias;
        }

        if (parameters.RepetitionPenalty != 1)
        {
            foreach (var id in history.Seen)
            {
                scores[id] = scores[id] > 0 ? scores[id] / parameters.RepetitionPenalty : scores[id] * parameters.RepetitionPenalty;
            }
        }

        if (parameters.FrequencyPenalty != 0 || parameters.PresencePenalty != 0)
        {
            foreach (var id in history.Seen)
            {
                if (history.TimesGenerated(id) is var times and > 0)
                {
                    scores[id] -= (parameters.FrequencyPenalty * times) + parameters.PresencePenalty;
                }
            }
        }
    }

    private static void DropBelow(Span<double> scores, double threshold)
    {
        if (threshold <= 0)
        {
            return;
        }

        foreach (ref var score in scores)
        {
            score = score >= threshold ? score : 0;
        }
    }

    private void KeepTopK(Span<double> scores, int topK)
    {
        if (topK == 0 || topK >= scores.Length)
        {
            return;
        }

        scores.CopyTo(_candidates);
        DropBelow(scores, Selection.Largest(_candidates, topK));
    }

    /// <summary>In ascending order, drops ids while they add up to at most 1 − p; never the last.</summary>
    private void KeepTopP(Span<double> probabilities, double topP)
    {
        var tail = 1 - topP;

        // All ids below tail / n together stay below the tail: they go without being looked at again. Half of it leaves room for rounding.
        var negligible = tail / probabilities.Length / 2;
        var dropped = 0d;
        var count = 0;
        foreach (var probability in probabilities)
        {
            if (probability < negligible)
            {
                dropped += probability;
            }
            else if (probability > 0)
            {
                _candidates[count++] = probability;
            }
        }

        var (threshold, equalsDropped) = Selection.SmallestUpTo(_candidates.AsSpan(0, count), tail - dropped);
        Drop(probabilities, threshold, equalsDropped);
    }

    /// <summary>Drops what lies below the first value kept; of those equal to it the highest ids, as many as were counted out.</summary>
    private static void Drop(Span<double> probabilities, double threshold, int equalsDropped)
    {
        for (var id = probabilities.Length - 1; id >= 0; id--)
        {
            if (probabilities[id] < threshold || (probabilities[id] == threshold && equalsDropped-- > 0))
            {
                probabilities[id] = 0;
            }
        }
    }

    private static void Normalize(Span<double> values)
    {
        var sum = 0d;
        foreach (var value in values)
        {
            sum += value;
        }

        TensorPrimitives.Divide(values, sum, values);
    }
}
