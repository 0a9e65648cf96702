using Gateway.Engine.Models.DeepSeekV2;
using Xunit;

namespace Gateway.Engine.Tests.Models;

public sealed class ExpertRouterTests
{
    private static readonly MixtureConfig Greedy = new(ExpertScoring.Softmax, 8, 4, 0, 2, 1, 1, NormalizeWeights: false, ScalingFactor: 3);

    [Fact]
    public void Route_AllEqual_TakesTheLowestIndices()
    {
        var (experts, _) = Route(Greedy, 0, 0, 0, 0);
        Assert.Equal([0, 1], experts);
    }

    [Fact]
    public void Route_WithoutNormalization_ScalesTheSoftmax()
    {
        var (experts, weights) = Route(Greedy, 0, MathF.Log(3), 0, MathF.Log(2));
        Assert.Equal([1, 3], experts);
        Assert.Equal(3 * 3 / 7f, weights[0], 1e-6f);
        Assert.Equal(3 * 2 / 7f, weights[1], 1e-6f);
    }

    [Fact]
    public void Route_WithNormalization_NormalizesInsteadOfScaling()
    {
        var (_, weights) = Route(Greedy with { NormalizeWeights = true }, 0, MathF.Log(3), 0, MathF.Log(2));
        Assert.Equal(0.6f, weights[0], 1e-6f);
        Assert.Equal(0.4f, weights[1], 1e-6f);
    }

    [Fact]
    public void Route_LimitedToOneGroup_TakesTheGroupOfTheBestExpert()
    {
        // The second group holds the best expert, the first the better sum.
        var (experts, _) = Route(Greedy with { Groups = 2 }, 2, 2, 2.1f, -9);
        Assert.Equal([2, 3], experts);
    }

    [Fact]
    public void Route_GroupsTie_TheLowerGroupWins()
    {
        var (experts, _) = Route(Greedy with { Groups = 2 }, -5, 2, 2, 1);
        Assert.Equal([0, 1], experts);
    }

    private static (int[] Experts, float[] Weights) Route(MixtureConfig config, params float[] logits)
    {
        var (experts, weights) = (new int[config.ExpertsPerToken], new float[config.ExpertsPerToken]);
        ExpertRouter.Route(config, logits, experts, weights);
        return (experts, weights);
    }
}
