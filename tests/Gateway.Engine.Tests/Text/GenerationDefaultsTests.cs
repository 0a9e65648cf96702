using Gateway.Engine.Sampling;
using Gateway.Engine.Text;
using Xunit;

namespace Gateway.Engine.Tests.Text;

public sealed class GenerationDefaultsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-defaults-").FullName;

    [Fact]
    public void Load_NoFile_IsPlainSampling()
    {
        var defaults = GenerationDefaults.Load(_folder);
        Assert.Equal(new SamplingParameters(), defaults.Sampling);
        Assert.Null(defaults.MaxTokens);
    }

    [Fact]
    public void Load_FullFile_IsWhatItSays()
    {
        var defaults = Load("""{"do_sample":true,"temperature":0.5,"top_p":0.75,"top_k":40,"repetition_penalty":1.25,"max_new_tokens":256}""");
        Assert.Equal(new SamplingParameters { Temperature = 0.5, TopP = 0.75, TopK = 40, RepetitionPenalty = 1.25 }, defaults.Sampling);
        Assert.Equal(256, defaults.MaxTokens);
    }

    [Theory]
    [InlineData("""{"do_sample":false,"temperature":0.7}""", 0)]
    [InlineData("""{"temperature":9}""", 2)]
    [InlineData("""{"temperature":-1}""", 0)]
    [InlineData("""{"temperature":1e999}""", 2)]
    [InlineData("""{"temperature":null,"do_sample":null}""", 1)]
    [InlineData("""{"temperature":"hot"}""", 1)]
    public void Load_AnyTemperature_IsInRange(string json, double expected) => Assert.Equal(expected, Load(json).Sampling.Temperature);

    [Theory]
    [InlineData("""{"top_p":0,"top_k":-5,"repetition_penalty":0,"max_new_tokens":0}""")]
    [InlineData("""{"top_p":7,"top_k":null,"repetition_penalty":99,"max_new_tokens":1e30}""")]
    public void Load_ValuesOutOfRange_AreTheDefaults(string json)
    {
        var defaults = Load(json);
        Assert.Equal(new SamplingParameters(), defaults.Sampling);
        Assert.Null(defaults.MaxTokens);
        defaults.Sampling.Validate(vocabularySize: 10);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("null")]
    public void Load_NoJsonObject_NamesTheFile(string json) =>
        Assert.Contains("generation_config.json", Assert.Throws<EngineException>(() => Load(json)).Message, StringComparison.Ordinal);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private GenerationDefaults Load(string json)
    {
        File.WriteAllText(Path.Combine(_folder, "generation_config.json"), json);
        return GenerationDefaults.Load(_folder);
    }
}
