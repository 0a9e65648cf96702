using Gateway.Engine.Kernels.Cpu;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cpu;

public sealed class LowRankPanelsTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(64, 4)]
    [InlineData(96, 16)]
    [InlineData(131, 13)]
    [InlineData(31, 512)]
    public void Add_AnyRangeAndVectors_AreChainsInAscendingRank(int outputs, int rank)
    {
        const float Scaling = 0.75f;
        var random = new Random(outputs);
        var weights = Values(outputs * rank);
        var panels = new LowRankPanels(weights, rank, Scaling);
        foreach (var vectors in new[] { 1, 2, 4, 7, 9 })
        {
            var last = outputs / 32 * 32;
            foreach (var (from, to) in new[] { (0, outputs), (0, Math.Min(outputs, 32)), (last, outputs), (Math.Min(32, last), outputs) })
            {
                // What lies beside low ranks and outputs is other layers'.
                var (lowStride, yStride) = (rank + 3, to - from + 5);
                var (low, y) = (Values(vectors * lowStride), Values(vectors * yStride));
                var expected = y.ToArray();
                for (var vector = 0; vector < vectors; vector++)
                {
                    for (var output = from; output < to; output++)
                    {
                        ref var sum = ref expected[(vector * yStride) + output - from];
                        for (var row = 0; row < rank; row++)
                        {
                            sum = MathF.FusedMultiplyAdd(weights[(output * rank) + row] * Scaling, low[(vector * lowStride) + row], sum);
                        }
                    }
                }

                panels.Add(low, lowStride, vectors, from, to, y, yStride);
                Assert.Equal(expected, y);
            }
        }

        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }
}
