using Gateway.Engine.Sampling;
using Xunit;

namespace Gateway.Engine.Tests.Sampling;

public sealed class SamplerTests
{
    private static readonly float[] Logits = [1, 3, 3, 2];

    [Fact]
    public void Sample_TemperatureZero_TakesTheLowestOfTheBest() => Assert.Equal(1, Sample(new SamplingParameters { Temperature = 0 }, 0, 0));

    [Fact]
    public void Sample_SameSeedAndPosition_GivesTheSameToken()
    {
        var parameters = new SamplingParameters();
        for (var position = 0; position < 20; position++)
        {
            Assert.Equal(Sample(parameters, 5, position), Sample(parameters, 5, position));
        }
    }

    [Fact]
    public void Sample_ManyPositions_FollowsTheDistribution()
    {
        const int Draws = 20_000;
        var expected = new Sampler(4).Distribution(Logits, new SamplingParameters(), TokenHistory.None).ToArray();
        var counts = new int[4];
        for (var position = 0; position < Draws; position++)
        {
            counts[Sample(new SamplingParameters(), 42, position)]++;
        }

        // Five standard deviations.
        Assert.All(counts.Zip(expected), pair =>
            Assert.InRange(pair.First - (Draws * pair.Second), -5 * Math.Sqrt(Draws * pair.Second), 5 * Math.Sqrt(Draws * pair.Second)));
    }

    [Fact]
    public void Sample_DroppedTokens_AreNeverDrawn()
    {
        for (var position = 0; position < 2000; position++)
        {
            Assert.InRange(Sample(new SamplingParameters { TopK = 2 }, 9, position), 1, 2);
        }
    }

    [Fact]
    public void Distribution_TinyTemperature_IsTheBestAlone()
    {
        var probabilities = new Sampler(4).Distribution([0, 80, -80, 1], new SamplingParameters { Temperature = 1e-300 }, TokenHistory.None);
        Assert.Equal([0, 1, 0, 0], probabilities.ToArray());
    }

    [Fact]
    public void Distribution_TopPOnManyTokens_KeepsTheSmallestSet()
    {
        // 1000 tokens of 1/2000 each beside one of 1/2: half and five more.
        float[] logits = [.. Enumerable.Repeat(0f, 1000), MathF.Log(1000)];
        var probabilities = new Sampler(1001).Distribution(logits, new SamplingParameters { TopP = 0.50240 }, TokenHistory.None);
        Assert.Equal(6, probabilities.ToArray().Count(probability => probability > 0));
        Assert.Equal(1, probabilities.ToArray().Sum(), 1e-12);
        Assert.True(probabilities[0] > 0);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(70)]
    [InlineData(64)]
    public void Distribution_Mask_LeavesWhatIsAllowedInProportion(int vocabulary)
    {
        float[] logits = [.. Enumerable.Range(0, vocabulary).Select(id => id * 0.1f)];
        var allowed = new uint[(vocabulary + 31) / 32];
        allowed[0] = 0b10010;
        var biased = new SamplingParameters { LogitBias = new Dictionary<int, float> { [0] = 100, [4] = 1 }, TopK = 3 };
        var free = new Sampler(vocabulary).Distribution(logits, biased with { TopK = 0 }, TokenHistory.None).ToArray();
        var masked = new Sampler(vocabulary).Distribution(logits, biased, TokenHistory.None, allowed).ToArray();
        Assert.Equal(1, masked[1] + masked[4], 1e-12);
        Assert.Equal(free[4] / free[1], masked[4] / masked[1], 1e-9);
        Assert.Equal(4, new Sampler(vocabulary).Sample(logits, biased with { Temperature = 0 }, TokenHistory.None, 0, 0, allowed));
    }

    [Theory]
    [InlineData(nameof(SamplingParameters.Temperature), -0.1)]
    [InlineData(nameof(SamplingParameters.Temperature), 2.1)]
    [InlineData(nameof(SamplingParameters.Temperature), double.NaN)]
    [InlineData(nameof(SamplingParameters.TopP), 0)]
    [InlineData(nameof(SamplingParameters.TopP), 1.1)]
    [InlineData(nameof(SamplingParameters.MinP), -1)]
    [InlineData(nameof(SamplingParameters.TopK), -1)]
    [InlineData(nameof(SamplingParameters.RepetitionPenalty), 0)]
    [InlineData(nameof(SamplingParameters.FrequencyPenalty), 3)]
    [InlineData(nameof(SamplingParameters.PresencePenalty), double.PositiveInfinity)]
    public void Validate_OutOfRange_NamesTheMember(string member, double value)
    {
        var parameters = new SamplingParameters();
        parameters = member switch
        {
            nameof(SamplingParameters.Temperature) => parameters with { Temperature = value },
            nameof(SamplingParameters.TopP) => parameters with { TopP = value },
            nameof(SamplingParameters.MinP) => parameters with { MinP = value },
            nameof(SamplingParameters.TopK) => parameters with { TopK = (int)value },
            nameof(SamplingParameters.RepetitionPenalty) => parameters with { RepetitionPenalty = value },
            nameof(SamplingParameters.FrequencyPenalty) => parameters with { FrequencyPenalty = value },
            _ => parameters with { PresencePenalty = value },
        };
        Assert.Equal(member, Assert.Throws<EngineRequestException>(() => parameters.Validate(10)).Field);
    }

    [Theory]
    [InlineData(10, 1)]
    [InlineData(-1, 1)]
    [InlineData(3, 101)]
    [InlineData(3, float.NaN)]
    public void Validate_WrongBias_IsRefused(int id, float bias)
    {
        var parameters = new SamplingParameters { LogitBias = new Dictionary<int, float> { [id] = bias } };
        Assert.Equal(nameof(SamplingParameters.LogitBias), Assert.Throws<EngineRequestException>(() => parameters.Validate(10)).Field);
    }

    private static int Sample(SamplingParameters parameters, long seed, int position) =>
        new Sampler(4).Sample(Logits, parameters, TokenHistory.None, seed, position);
}
