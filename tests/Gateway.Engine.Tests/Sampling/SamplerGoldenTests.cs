using Gateway.Engine.Sampling;
using Xunit;

namespace Gateway.Engine.Tests.Sampling;

public sealed class SamplerGoldenTests
{
    public static TheoryData<string> Files => [.. Goldens.Files("sampling/sampling.json")];

    [Theory]
    [MemberData(nameof(Files))]
    public void Distribution_EveryCase_MatchesTheReference(string file)
    {
        var number = 0;
        foreach (var golden in SamplerGolden.Read(file))
        {
            var expected = golden.Probabilities;
            var actual = new Sampler(golden.Logits.Length).Distribution(golden.Logits, golden.Parameters, golden.History);
            for (var id = 0; id < expected.Length; id++)
            {
                Assert.True(
                    Math.Abs(expected[id] - actual[id]) <= 1e-6, $"case {number}, {golden.Text}: id {id} is {actual[id]} instead of {expected[id]}");
            }

            number++;
        }

        Assert.True(number > 0);
    }
}
