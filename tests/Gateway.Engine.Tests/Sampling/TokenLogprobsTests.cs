using Gateway.Engine.Sampling;
using Xunit;

namespace Gateway.Engine.Tests.Sampling;

public sealed class TokenLogprobsTests
{
    [Fact]
    public void Of_FourTokens_IsTheLogarithmOfTheSoftmax()
    {
        var result = TokenLogprobs.Of([MathF.Log(1), MathF.Log(4), MathF.Log(2), MathF.Log(1)], 0, 3);
        Assert.Equal(Math.Log(1 / 8.0), result.Logprob, 1e-6);
        Assert.Equal([1, 2, 0], result.Top.Select(top => top.Id));
        Assert.Equal(Math.Log(4 / 8.0), result.Top[0].Logprob, 1e-6);
    }

    [Fact]
    public void Of_Ties_ListsTheLowestIdFirst() => Assert.Equal([1, 3], TokenLogprobs.Of([0, 5, 1, 5, 5], 0, 2).Top.Select(top => top.Id));

    [Fact]
    public void Of_HugeLogits_DoesNotOverflow() => Assert.Equal(0, TokenLogprobs.Of([3e38f, -3e38f], 0, 0).Logprob, 1e-12);

    [Fact]
    public void Of_MoreAskedThanThereAre_ListsAll() => Assert.Equal(2, TokenLogprobs.Of([0, 1], 0, 20).Top.Count);
}
