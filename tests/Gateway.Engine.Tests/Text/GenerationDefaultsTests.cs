using Gateway.Engine.Models;
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
    [InlineData("""{"temperature":null,"do_sample":null,"max_new_tokens":null}""", 1)]
    public void Load_Temperature_IsZeroWhenNotSampled(string json, double expected) => Assert.Equal(expected, Load(json).Sampling.Temperature);

    [Theory]
    [InlineData("""{"temperature":"hot"}""", "temperature")]
    [InlineData("""{"temperature":1e999}""", "temperature")]
    [InlineData("""{"temperature":-1,"top_p":0,"top_k":-5,"repetition_penalty":0,"max_new_tokens":0}""", "temperature", "top_p", "top_k", "repetition_penalty", "max_new_tokens")]
    [InlineData("""{"do_sample":"yes","top_p":7,"repetition_penalty":99,"max_new_tokens":1e30}""", "do_sample", "top_p", "repetition_penalty", "max_new_tokens")]
    public void Load_ValuesOutOfRange_AllNamed(string json, params string[] keys)
    {
        var exception = Assert.Throws<ModelConfigException>(() => Load(json));
        Assert.Equal(keys.Order(StringComparer.Ordinal), exception.Errors.Select(error => error.Split(' ')[0]).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("null")]
    public void Load_NoJsonObject_NamesTheFile(string json) =>
        Assert.EndsWith("generation_config.json", Assert.Throws<ModelConfigException>(() => Load(json)).File, StringComparison.Ordinal);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private GenerationDefaults Load(string json)
    {
        File.WriteAllText(Path.Combine(_folder, "generation_config.json"), json);
        return GenerationDefaults.Load(_folder);
    }
}
