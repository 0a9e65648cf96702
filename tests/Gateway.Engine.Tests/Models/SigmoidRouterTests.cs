using Gateway.Engine.Models.DeepSeekV2;
using Gateway.Engine.Models.DeepSeekV3;
using Xunit;

namespace Gateway.Engine.Tests.Models;

public sealed class SigmoidRouterTests
{
    private static readonly MixtureConfig Grouped =
        new(ExpertScoring.BiasedSigmoid, 8, 4, 0, 2, 2, 1, NormalizeWeights: true, ScalingFactor: 2.5f);

    private static readonly MixtureConfig Plain = Grouped with { Groups = 1, GroupsPerToken = 1, NormalizeWeights = false };

    [Fact]
    public void Route_AllEqual_TakesTheLowestIndices() => Assert.Equal([0, 1], Route(Plain, new float[4]).Experts);

    [Fact]
    public void Route_Bias_ChangesTheChoiceAndNotTheWeights()
    {
        var (experts, weights) = Route(Plain, [0, 0, 0, 5]);
        Assert.Equal([0, 3], experts);
        Assert.All(weights, weight => Assert.Equal(0.5f * 2.5f, weight, 1e-6f));
    }

    [Fact]
    public void Route_GroupScore_IsTheSumOfItsBestTwo()
    {
        // The best expert is in the second group, the best pair in the first.
        var (experts, weights) = Route(Grouped, new float[4], 1, 1, 1.5f, -9);
        Assert.Equal([0, 1], experts);
        Assert.Equal(2.5f, weights.Sum(), 1e-5f);
    }

    [Fact]
    public void Route_NegativeChoices_StayInsideTheirGroup()
    {
        // All choices are negative: a mask of 0 would let the other group in.
        Assert.Equal([2, 3], Route(Grouped, [-3, -3, -2, -2]).Experts);
    }

    private static (int[] Experts, float[] Weights) Route(MixtureConfig config, float[] bias, params float[] logits)
    {
        var (experts, weights) = (new int[config.ExpertsPerToken], new float[config.ExpertsPerToken]);
        SigmoidRouter.Route(config, logits.Length == 0 ? new float[4] : logits, bias, experts, weights);
        return (experts, weights);
    }
}
