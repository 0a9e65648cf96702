using Gateway.Contracts.Errors;
using Gateway.Hosting;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.Testing;
using Xunit;
using static Gateway.IntegrationTests.LocalEngine.LocalGateway;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary>A GGUF file as the gateway's model. Its weights are random, so only the form of its answers can be looked at.</summary>
public sealed class GgufModelTests
{
    private static string File => Path.Combine(RepositoryRoot.Path, "tests", "goldens", "gguf", "llama_distill-Q8_0.gguf");

    [Theory]
    [InlineData("none")]
    [InlineData("q4")]
    public async Task Chat_ModelPathIsAGgufFile_IsAnsweredFromIt(string quantization)
    {
        await using var gateway = await StartAsync(
            "contextWindow: 1024", ("Engine:ModelPath", File), ("Engine:Quantization", quantization), ("Engine:KvCacheTokens", "1024"));
        var ready = (await gateway.Client.GetAnswerAsync("health/ready")).OkJson;
        Assert.Equal("llama_distill-Q8_0", ready.GetProperty("engine").GetProperty("model").GetString());
        var first = (await gateway.Client.ChatAsync(Ask("Hello", ("max_tokens", 8), ("ignore_eos", true)))).Text;
        Assert.NotEmpty(first);
        Assert.Equal(first, (await gateway.Client.ChatAsync(Ask("Hello", ("max_tokens", 8), ("ignore_eos", true)))).Text);
        await gateway.LoggedAsync("Loading the model: 50 %");
        await gateway.LoggedAsync("Loading the model: 100 %");
    }

    [Fact]
    public async Task Start_UnknownQuantization_NamesTheSetting()
    {
        var exception = await Assert.ThrowsAnyAsync<StartException>(() => StartAsync("contextWindow: 1024", ("Engine:Quantization", "q5")));
        Assert.Contains("Engine:Quantization", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_GgufFileCutShort_SaysWhy()
    {
        using var folder = new TempFolder();
        var file = Path.Combine(folder.Path, "cut.gguf");
        await System.IO.File.WriteAllBytesAsync(file, (await System.IO.File.ReadAllBytesAsync(File, TestContext.Current.CancellationToken))[..300_000], TestContext.Current.CancellationToken);
        await using var gateway = await GatewayUnderTest.StartAsync(setup =>
        {
            setup.ProvidersYaml = "providers: { local: { dialect: local, models: { demo: { contextWindow: 1024 } } } }";
            setup.RoutesYaml = "routes: { auto: { candidates: [ local/demo ] } }";
            setup.Settings["Engine:ModelPath"] = file;
        });
        var problem = "";
        await Wait.UntilAsync(async () =>
        {
            var engine = (await gateway.Client.GetAnswerAsync("health/ready")).Json.GetProperty("engine");
            problem = engine.TryGetProperty("problem", out var text) ? text.GetString()! : "";
            return engine.GetProperty("state").GetString() == "failed";
        });
        Assert.Contains("cut.gguf", problem, StringComparison.Ordinal);
        Assert.Contains("cut short", problem, StringComparison.Ordinal);
        Assert.Contains("cut short", (await gateway.Client.ChatAsync(Ask("Hello"))).ShouldBe(ErrorCode.PolicyNotReady), StringComparison.Ordinal);
    }
}
