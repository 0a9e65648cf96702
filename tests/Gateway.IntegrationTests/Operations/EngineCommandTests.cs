using System.Text.Json;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Operations;

/// <summary><c>gateway engine inspect | bench | synth | chat</c>, by real processes.</summary>
public sealed class EngineCommandTests
{
    private static readonly string Demo = Path.Combine(RepositoryRoot.Path, "models/demo");

    [Theory]
    [InlineData("v2-tiny", "q8_0", "deepseek_v2", "Q8_0")]
    [InlineData("qwen-tiny", "q4_k", "qwen2", "Q4_K")]
    public async Task Synth_ThenInspectAndBench_TellTheSameOfOneModel(string shape, string type, string family, string form)
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "model.gguf");

        var (written, output, _) = await GatewayProcess.RunAsync("engine", "synth", "--shape", shape, "--type", type, "--out", path);
        Assert.Equal((0, path), (written, output.Trim()));

        var inspection = await JsonOfAsync("engine", "inspect", path, "--memory", "2GiB", "--json");
        Assert.Equal(family, inspection.GetProperty("family").GetString());
        var parts = inspection.GetProperty("parts").EnumerateArray().ToArray();
        Assert.Contains(parts, part => part.GetProperty("form").GetString() == form);
        Assert.Equal(parts.Sum(part => part.GetProperty("parameters").GetInt64()), inspection.GetProperty("parameters").GetInt64());
        Assert.Equal(2L << 30, inspection.GetProperty("memoryBytes").GetInt64());
        Assert.InRange(inspection.GetProperty("cacheTokensThatFit").GetInt64(), 100_000, 10_000_000);

        var bench = await JsonOfAsync(
            "engine", "bench", path, "--batch", "1,3", "--prompt", "40", "--repeats", "1", "--tokens", "4", "--context", "8", "--threads", "2", "--device", "cpu", "--json");
        Assert.Equal(inspection.GetProperty("parameters").GetInt64(), bench.GetProperty("parameters").GetInt64());
        Assert.Equal(inspection.GetProperty("weightBytesPerToken").GetInt64(), bench.GetProperty("weightBytesPerToken").GetInt64());
        Assert.True(bench.GetProperty("prefillTokensPerSecond").GetDouble() > 0);
        Assert.Equal([1, 3], bench.GetProperty("decodes").EnumerateArray().Select(decode => decode.GetProperty("streams").GetInt32()));
        Assert.All(bench.GetProperty("decodes").EnumerateArray(), decode => Assert.True(decode.GetProperty("tokensPerSecond").GetDouble() > 0));
        Assert.Equal(
            bench.GetProperty("readBytesPerSecond").GetDouble() / bench.GetProperty("weightBytesPerToken").GetInt64(),
            bench.GetProperty("ceilingTokensPerSecond").GetDouble(),
            6);
    }

    [Fact]
    public async Task InspectAndBench_MatrixInputsInBFloat16_SayWhichKernelsRun()
    {
        string[] options = ["--matrix-inputs", "bf16", "--device", "cpu", "--json"];
        var inspection = await JsonOfAsync(["engine", "inspect", Demo, .. options]);
        Assert.EndsWith(" for bfloat16", inspection.GetProperty("device").GetString(), StringComparison.Ordinal);
        var bench = await JsonOfAsync(
            ["engine", "bench", Demo, "--batch", "2", "--prompt", "8", "--repeats", "1", "--tokens", "4", "--context", "8", .. options]);
        Assert.Equal(inspection.GetProperty("device").GetString(), bench.GetProperty("device").GetString());
        Assert.True(bench.GetProperty("prefillTokensPerSecond").GetDouble() > 0);
    }

    [Fact]
    public async Task Inspect_BuiltInModel_TellsWhatItIs()
    {
        var (exitCode, output, error) = await GatewayProcess.RunAsync("engine", "inspect");
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("demo: deepseek_v2, ", output, StringComparison.Ordinal);
        Assert.Contains("8.4 million", output, StringComparison.Ordinal);
        Assert.Contains("bytes per token", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_DamagedFile_NamesItAndFails()
    {
        using var folder = new TempFolder();
        var path = Path.Combine(folder.Path, "broken.gguf");
        await File.WriteAllBytesAsync(path, [.. "GGUF"u8, 3, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255], TestContext.Current.CancellationToken);
        var (exitCode, output, error) = await GatewayProcess.RunAsync("engine", "inspect", path);
        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith(path, Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("inspect")]
    [InlineData("bench")]
    [InlineData("chat")]
    public async Task Verb_NoSuchModel_SaysSoInOneLine(string verb)
    {
        var (exitCode, output, error) = await GatewayProcess.RunAsync("engine", verb, "/nowhere/model.gguf");
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Equal("model: there is no folder and no file /nowhere/model.gguf.", error.Trim());
    }

    [Theory]
    [InlineData("--shape is 'v9'", "--shape", "v9", "--out", "x.gguf")]
    [InlineData("--type is 'q8_0'", "--shape", "v2-tiny", "--type", "q8_0", "--out", "x")]
    [InlineData("--layers is 0", "--shape", "v2-tiny", "--layers", "0", "--out", "x.gguf")]
    public async Task Synth_WrongOption_IsNamedAsTheUserWroteIt(string named, params string[] options)
    {
        var (exitCode, _, error) = await GatewayProcess.RunAsync(["engine", "synth", .. options]);
        Assert.Equal(1, exitCode);
        Assert.StartsWith(named, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--batch", "1,0")]
    [InlineData("--batch", "two")]
    [InlineData("--tokens", "1")]
    public async Task Bench_WrongOption_IsNamed(string option, string value)
    {
        var (exitCode, _, error) = await GatewayProcess.RunAsync("engine", "bench", Demo, option, value);
        Assert.Equal(1, exitCode);
        Assert.Contains(option + ":", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_InputFromAPipe_AnswersEachLineUntilQuit()
    {
        var (exitCode, output, error) = await GatewayProcess.RunWithInputAsync(
            "Hello\n\n/reset\nHello\n/quit\nHello\n", "engine", "chat", Demo, "--temperature", "0", "--device", "cpu");
        Assert.Equal((0, ""), (exitCode, error));
        var answers = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(2, answers.Length);
        Assert.Equal(answers[0], answers[1]);
        Assert.DoesNotContain('\e', output);
    }

    [Fact]
    public async Task InspectAndChat_Adapter_IsToldAndAnswers()
    {
        var goldens = Path.Combine(RepositoryRoot.Path, "tests", "goldens");
        var (model, adapter) = (Path.Combine(goldens, "models", "deepseek_v2_lite"), "support=" + Path.Combine(goldens, "lora", "deepseek_v2_lite"));
        var inspection = await JsonOfAsync("engine", "inspect", model, "--adapter", adapter, "--json");
        var told = Assert.Single(inspection.GetProperty("adapters").EnumerateArray());
        Assert.Equal(("support", 4, 4 * told.GetProperty("parameters").GetInt64()), (told.GetProperty("name").GetString(), told.GetProperty("rank").GetInt32(), told.GetProperty("bytes").GetInt64()));
        Assert.Contains("adapter support", (await GatewayProcess.RunAsync("engine", "inspect", model, "--adapter", adapter)).Output, StringComparison.Ordinal);

        var (exitCode, output, error) = await GatewayProcess.RunWithInputAsync(
            "Hello\n/reset\n/adapter\nHello\n/reset\n/adapter support\nHello\n/adapter nobody\n/quit\n",
            "engine", "chat", model, "--adapter", adapter, "--temperature", "0", "--device", "cpu", "--max-tokens", "6", "--kv-tokens", "512");
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("There is no adapter 'nobody'; there are support.", output, StringComparison.Ordinal);
        var bare = (await GatewayProcess.RunWithInputAsync(
            "Hello\n", "engine", "chat", model, "--temperature", "0", "--device", "cpu", "--max-tokens", "6", "--kv-tokens", "512")).Output.Trim();
        var answers = output[..output.IndexOf("There is no adapter", StringComparison.Ordinal)];
        Assert.Contains(bare, answers, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"^\s*" + System.Text.RegularExpressions.Regex.Escape(bare), answers);
    }

    [Theory]
    [InlineData("--adapter: 'support' is no adapter. Write NAME=FOLDER", "support")]
    [InlineData("--adapter: 'a' is given twice.", "a=x", "a=y")]
    public async Task Inspect_WrongAdapter_IsNamed(string message, params string[] adapters)
    {
        var (exitCode, _, error) = await GatewayProcess.RunAsync(["engine", "inspect", Demo, .. adapters.SelectMany(adapter => (string[])["--adapter", adapter])]);
        Assert.Equal(1, exitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> JsonOfAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await GatewayProcess.RunAsync(arguments);
        Assert.True(exitCode == 0, error);
        return JsonElement.Parse(output);
    }
}
