using Gateway.Engine.Kernels.Cpu;

namespace Gateway.Engine.Models.DeepSeekV2;

/// <summary>
/// Chooses a token's experts from the router's logits: softmax, then the best, optionally out of the best groups only
/// (DeepSeek-V2, arXiv:2405.04434, section 2.2). On a tie the lowest index wins, among experts and among groups.
/// </summary>
internal static class ExpertRouter
{
    private const float Taken = -1;

    /// <param name="config">The mixture.</param>
    /// <param name="logits">One per routed expert; overwritten.</param>
    /// <param name="experts">Receives the chosen experts, ascending.</param>
    /// <param name="weights">Receives what each one's output is multiplied by.</param>
    public static void Route(MixtureConfig config, Span<float> logits, Span<int> experts, Span<float> weights)
    {
        Normalization.Softmax(logits);
        if (config.Groups > 1)
        {
            MaskGroups(config, logits);
        }

        for (var i = 0; i < experts.Length; i++)
        {
            experts[i] = IndexOfMax(logits);
            weights[i] = logits[experts[i]];
            logits[experts[i]] = Taken;
        }

        experts.Sort(weights);
        var factor = config.ScalingFactor;
        if (config.NormalizeWeights)
        {
            // DeepSeek's code normalises instead of scaling, not before it.
            var sum = 1e-20f;
            foreach (var weight in weights)
            {
                sum += weight;
            }

            factor = 1 / sum;
        }

        foreach (ref var weight in weights)
        {
            weight *= factor;
        }
    }

    /// <summary>Sets the scores outside the best groups to 0. A group is as good as its best expert.</summary>
    private static void MaskGroups(MixtureConfig config, Span<float> scores)
    {
        var size = scores.Length / config.Groups;
        Span<float> best = stackalloc float[config.Groups];
        for (var group = 0; group < best.Length; group++)
        {
            var members = scores.Slice(group * size, size);
            best[group] = members[IndexOfMax(members)];
        }

        for (var i = 0; i < config.GroupsPerToken; i++)
        {
            best[IndexOfMax(best)] = Taken;
        }

        for (var group = 0; group < best.Length; group++)
        {
            if (best[group] != Taken)
            {
                scores.Slice(group * size, size).Clear();
            }
        }
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
