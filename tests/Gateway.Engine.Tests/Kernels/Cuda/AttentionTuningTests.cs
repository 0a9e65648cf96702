using Gateway.Engine.Kernels.Cuda;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cuda;

public sealed class AttentionTuningTests
{
    private const int Multiprocessors = 132;

    [Theory]
    [InlineData(1, 64, 1)]
    [InlineData(1, 65, 2)]
    [InlineData(1, 1 << 20, 61)]
    [InlineData(64, 4096, 2)]
    [InlineData(100, 4096, 5)]
    [InlineData(132, 4096, 1)]
    [InlineData(256, 4096, 1)]
    [InlineData(5000, 4096, 1)]
    public void Splits_BlocksAndContext_AreTheFewestThatFillTheRounds(int blocks, int maxContext, int expected)
        => Assert.Equal(expected, (AttentionTuning.Mla with { BlocksPerMultiprocessor = 1 }).Splits(blocks, maxContext, Multiprocessors));

    [Fact]
    public void MaxShares_AnyTokensAndContext_IsNotExceeded()
    {
        var most = AttentionTuning.Mla.MaxShares(300, 1, Multiprocessors);
        var shares = Enumerable.Range(1, 300).SelectMany(
            tokens => new[] { 1, 100, 1000, 10_000, 100_000 }.Select(context => tokens * AttentionTuning.Mla.Splits(tokens, context, Multiprocessors)));
        Assert.All(shares, count => Assert.InRange(count, 1, most));
    }
}
