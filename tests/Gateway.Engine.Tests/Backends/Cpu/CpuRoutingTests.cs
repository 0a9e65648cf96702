using Gateway.Engine.Backends.Cpu;
using Xunit;

namespace Gateway.Engine.Tests.Backends.Cpu;

public sealed class CpuRoutingTests
{
    [Fact]
    public void Group_SomeExpertsChosenByNobody_ListsTokensByExpertInOrder()
    {
        var routing = new CpuRouting(maxTokens: 5, experts: 6, perToken: 2);
        int[] choices = [4, 1, 1, 5, 4, 5];
        choices.CopyTo(routing.Choices, 0);
        float[] weights = [0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f];
        weights.CopyTo(routing.Weights, 0);

        // What an earlier, larger step left behind must not count.
        Array.Fill(routing.Choices, 0, 6, 4);
        routing.Group(tokens: 3);
        Assert.Equal([(0, 0), (0, 2), (2, 0), (2, 0), (2, 2), (4, 2)], Enumerable.Range(0, 6).Select(routing.Places));
        Assert.Equal([0, 1, 0, 2, 1, 2], routing.Tokens[..6]);
        Assert.Equal([0.2f, 0.3f, 0.1f, 0.5f, 0.4f, 0.6f], routing.Factors[..6]);
    }
}
