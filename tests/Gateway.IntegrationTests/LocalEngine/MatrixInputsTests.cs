using Gateway.Hosting;
using Gateway.IntegrationTests.FrontDoor;
using Xunit;
using static Gateway.IntegrationTests.LocalEngine.LocalGateway;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary><c>Engine:MatrixInputs</c> with the built-in model, whose weights are bfloat16 and which was trained: it answers as it does exactly.</summary>
public sealed class MatrixInputsTests
{
    private static readonly string[] Questions = ["Hello", "What is 2+2?", "What is the capital of France?", "Count from 1 to 10"];

    [Theory]
    [InlineData("portable")]
    [InlineData("auto")]
    public async Task Chat_InputsInBFloat16_IsAnsweredAsInFloat32(string kernels)
    {
        await using var exact = await StartAsync("contextWindow: 4096", ("Engine:Device", "cpu"), ("Engine:KvCacheTokens", "1024"));
        await using var rounded = await StartAsync(
            "contextWindow: 4096",
            ("Engine:Device", "cpu"), ("Engine:KvCacheTokens", "1024"), ("Engine:MatrixInputs", "bf16"), ("Engine:CpuKernels", kernels));
        foreach (var question in Questions)
        {
            var wanted = (await exact.Client.ChatAsync(Ask(question, ("max_tokens", 24)))).Text;
            Assert.Equal(wanted, (await rounded.Client.ChatAsync(Ask(question, ("max_tokens", 24)))).Text);
        }

        Assert.Contains(rounded.Log, line => line.Contains(" for bfloat16", StringComparison.Ordinal));
        Assert.DoesNotContain(exact.Log, line => line.Contains(" for bfloat16", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_UnknownForm_NamesTheSettingAndWhatItMayBe()
    {
        var exception = await Assert.ThrowsAnyAsync<StartException>(() => StartAsync("contextWindow: 1024", ("Engine:MatrixInputs", "f16")));
        Assert.Contains("Engine:MatrixInputs is 'f16'; it must be one of: f32, bf16.", exception.Message, StringComparison.Ordinal);
    }
}
