using Gateway.Engine.Models.DeepSeekV2;

namespace Gateway.Engine.Models.DeepSeekV3;

/// <summary>
/// Chooses a token's experts by the sigmoid of each logit plus a bias that balances the load without a loss of its own (DeepSeek-V3,
/// arXiv:2412.19437, section 2.1.2). The bias takes part in the choice and never in the weights. On a tie the lowest index wins,
/// among experts and among groups.
/// </summary>
internal static class SigmoidRouter
{
    /// <param name="config">The mixture.</param>
    /// <param name="logits">One per routed expert.</param>
    /// <param name="bias">One per routed expert, <c>e_score_correction_bias</c>.</param>
    /// <param name="experts">Receives the chosen experts, ascending.</param>
    /// <param name="weights">Receives what each one's output is multiplied by.</param>
    public static void Route(MixtureConfig config, ReadOnlySpan<float> logits, ReadOnlySpan<float> bias, Span<int> experts, Span<float> weights)
    {
        Span<float> scores = stackalloc float[logits.Length];
        Span<float> choice = stackalloc float[logits.Length];
        for (var expert = 0; expert < logits.Length; expert++)
        {
            scores[expert] = 1 / (1 + MathF.Exp(-logits[expert]));
            choice[expert] = scores[expert] + bias[expert];
        }

        if (config.Groups > 1)
        {
            MaskGroups(config, choice);
        }

        for (var i = 0; i < experts.Length; i++)
        {
            experts[i] = IndexOfMax(choice);
            choice[experts[i]] = float.NegativeInfinity;
        }

        experts.Sort();
        var sum = 1e-20f;
        for (var i = 0; i < experts.Length; i++)
        {
            weights[i] = scores[experts[i]];
            sum += weights[i];
        }

        foreach (ref var weight in weights)
        {
            weight = (config.NormalizeWeights ? weight / sum : weight) * config.ScalingFactor;
        }
    }

    /// <summary>
    /// Takes the experts outside the best groups out of the choice. A group is as good as its best two experts together. Choice scores
    /// may be negative, so nothing but minus infinity stands for "not this one".
    /// </summary>
    private static void MaskGroups(MixtureConfig config, Span<float> choice)
    {
        var size = choice.Length / config.Groups;
        Span<float> groups = stackalloc float[config.Groups];
        for (var group = 0; group < groups.Length; group++)
        {
            groups[group] = SumOfBestTwo(choice.Slice(group * size, size));
        }

        Span<bool> isKept = stackalloc bool[config.Groups];
        for (var i = 0; i < config.GroupsPerToken; i++)
        {
            var best = IndexOfMax(groups);
            isKept[best] = true;
            groups[best] = float.NegativeInfinity;
        }

        for (var group = 0; group < isKept.Length; group++)
        {
            if (!isKept[group])
            {
                choice.Slice(group * size, size).Fill(float.NegativeInfinity);
            }
        }
    }

    private static float SumOfBestTwo(ReadOnlySpan<float> values)
    {
        var (best, second) = (float.NegativeInfinity, float.NegativeInfinity);
        foreach (var value in values)
        {
            if (value > best)
            {
                (best, second) = (value, best);
            }
            else if (value > second)
            {
                second = value;
            }
        }

        return best + second;
    }

    private static int IndexOfMax(ReadOnlySpan<float> values)
    {
        var best = 0;
        for (var i = 1; i < values.Length; i++)
        {
            if (values[i] > values[best])
            {
                best = i;
            }
        }

        return best;
    }
}
