using System.Numerics.Tensors;

namespace Gateway.Engine.Sampling;

/// <summary>Log-probabilities of tokens under the model's own distribution.</summary>
internal static class TokenLogprobs
{
    /// <param name="logits">As the model gives them.</param>
    /// <param name="tokenId">The token that was chosen.</param>
    /// <param name="top">How many of the likeliest tokens to list.</param>
    public static TokenLogprob Of(ReadOnlySpan<float> logits, int tokenId, int top)
    {
        double max = TensorPrimitives.Max(logits);
        var sum = 0d;
        foreach (var logit in logits)
        {
            sum += Math.Exp(logit - max);
        }

        var normalizer = max + Math.Log(sum);
        return new TokenLogprob(logits[tokenId] - normalizer, Best(logits, top, normalizer));
    }

    private static List<TopLogprob> Best(ReadOnlySpan<float> logits, int top, double normalizer)
    {
        List<TopLogprob> best = new(top + 1);
        for (var id = 0; id < logits.Length && top > 0; id++)
        {
            var logprob = logits[id] - normalizer;
            if (best.Count == top && logprob <= best[^1].Logprob)
            {
                continue;
            }

            var place = best.Count;
            while (place > 0 && best[place - 1].Logprob < logprob)
            {
                place--;
            }

            best.Insert(place, new TopLogprob(id, logprob));
            if (best.Count > top)
            {
                best.RemoveAt(top);
            }
        }

        return best;
    }
}
