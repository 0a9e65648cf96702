using System.Text.Json;
using Gateway.Engine.Models;
using Gateway.Engine.Models.DeepSeekV2;
using Gateway.Engine.Models.DeepSeekV3;
using Gateway.Engine.Models.Llama;
using Gateway.Engine.Models.Qwen2;
using Gateway.Engine.Models.Qwen3;
using Gateway.Engine.Tests.Weights.Gguf;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Models;

/// <summary>Every golden GGUF file against the logits of its dequantised weights.</summary>
public sealed class GgufGoldenTests(ITestOutputHelper output)
{
    private const double Tolerance = 1e-4;

    // Inputs of quantised matrices are quantised to 16 bits.
    private const double QuantizedTolerance = 5e-4;

    public static TheoryData<string> Files => [.. GgufGoldens.Files()];

    // A latent's expansion lies transposed in the files, so its blocks run the other way.
    public static TheoryData<string> DenseQ8Files =>
        [.. GgufGoldens.Files().Where(file => file.EndsWith("-Q8_0.gguf", StringComparison.Ordinal) && !file.Contains("deepseek", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Files))]
    public void Forward_GoldenFile_LogitsAndTokensMatchTheReference(string file)
    {
        var model = LoadedModel.OnCpu(file);
        using var tensors = new GoldenTensors(Path.Combine(file, "..", "golden.safetensors"));
        foreach (var prompt in Entry(file).GetProperty("prompts").EnumerateArray())
        {
            var (ids, positions) = (Integers(prompt, "ids"), Integers(prompt, "positions"));
            var key = prompt.GetProperty("logits").GetString()!;
            var expected = tensors.Floats(key).Chunk(tensors.Columns(key)).ToArray();
            var scale = expected.Max(row => row.Max(MathF.Abs));
            var run = new ModelRun(model, 1, ids.Length + 20);
            var logits = run.Forward(0, ids, ids.Length);
            var worst = positions.Select((position, i) => expected[i].Zip(logits[position], (a, b) => MathF.Abs(a - b)).Max()).Max() / scale;
            output.WriteLine($"{ids.Length} tokens: {worst:E1}");
            Assert.True(worst <= (IsQuantized(file) ? QuantizedTolerance : Tolerance), $"{ids.Length} tokens: {worst:E2}");
            var next = logits[^1];
            foreach (var id in prompt.TryGetProperty("greedy", out _) ? Integers(prompt, "greedy") : [])
            {
                Assert.Equal(id, Array.IndexOf(next, next.Max()));
                next = run.Forward(0, [id], 1)[0];
            }
        }
    }

    /// <summary>Quantising while loading gives the model that llama.cpp's converter writes as Q8_0.</summary>
    [Theory]
    [MemberData(nameof(DenseQ8Files))]
    public void Forward_FolderQuantizedWhileLoading_IsTheGoldenFile(string file)
    {
        var model = LoadedModel.OnCpu(GgufGoldens.ModelFolder(file), Quantization.Q8_0);
        using var tensors = new GoldenTensors(Path.Combine(file, "..", "golden.safetensors"));
        foreach (var prompt in Entry(file).GetProperty("prompts").EnumerateArray())
        {
            var (ids, positions) = (Integers(prompt, "ids"), Integers(prompt, "positions"));
            var key = prompt.GetProperty("logits").GetString()!;
            var expected = tensors.Floats(key).Chunk(tensors.Columns(key)).ToArray();
            var scale = expected.Max(row => row.Max(MathF.Abs));
            var logits = new ModelRun(model, 1, ids.Length).Forward(0, ids, ids.Length);
            var worst = positions.Select((position, i) => expected[i].Zip(logits[position], (a, b) => MathF.Abs(a - b)).Max()).Max() / scale;
            Assert.True(worst <= QuantizedTolerance, $"{ids.Length} tokens: {worst:E2}");
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Forward_QuantizedToFourBits_StaysFinite(string file)
    {
        var model = LoadedModel.OnCpu(file, Quantization.Q4);
        var logits = new ModelRun(model, 1, 8).Forward(0, [1, 2, 3, 4, 5, 6, 7, 8], 8);
        Assert.All(logits, row => Assert.All(row, value => Assert.True(float.IsFinite(value))));
        Assert.True(logits[^1].Max() - logits[^1].Min() > 0.1);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void ReadConfig_GoldenFile_IsTheConfigOfItsFolder(string file)
    {
        using var files = ModelFiles.Open(file);
        using var original = ModelFiles.Open(GgufGoldens.ModelFolder(file));
        var (json, expected) = (files.ReadConfig(), original.ReadConfig());
        Assert.Equal(expected.GetProperty("model_type").GetString(), json.GetProperty("model_type").GetString());
        switch (json.GetProperty("model_type").GetString())
        {
            case DeepSeekV2Config.ModelType:
                Assert.Equal(DeepSeekV2Config.Read("", expected), DeepSeekV2Config.Read("", json));
                break;
            case DeepSeekV3Config.ModelType:
                // Multi-token layers are not converted.
                Assert.Equal(DeepSeekV3Config.Read("", expected).Body, DeepSeekV3Config.Read("", json).Body);
                break;
            case LlamaConfig.ModelType:
                // The scaling travels as a tensor.
                Assert.Equal(LlamaConfig.Read("", expected) with { Scaling = null }, LlamaConfig.Read("", json));
                break;
            case Qwen2Config.ModelType:
                Assert.Equal(Qwen2Config.Read("", expected), Qwen2Config.Read("", json));
                break;
            default:
                Assert.Equal(Qwen3Config.Read("", expected), Qwen3Config.Read("", json));
                break;
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Open_GoldenFile_BringsWhatItsFolderBrings(string file)
    {
        using var files = ModelFiles.Open(file);
        using var original = ModelFiles.Open(GgufGoldens.ModelFolder(file));
        Assert.Equal(Path.GetFileNameWithoutExtension(file), files.Name);
        Assert.Equal(original.ReadTokenIds(512).EosTokenIds, files.ReadTokenIds(512).EosTokenIds);
        Assert.Equal(original.ReadTokenIds(512).BosTokenId, files.ReadTokenIds(512).BosTokenId);
        Assert.Equal(original.ReadDefaults().Sampling.Temperature, files.ReadDefaults().Sampling.Temperature);
        Assert.Equal(original.ReadDefaults().Sampling.TopP, files.ReadDefaults().Sampling.TopP);
        Assert.NotNull(files.FindChatTemplate());
    }

    private static bool IsQuantized(string file) => Path.GetFileName(file).Contains("-Q", StringComparison.Ordinal);

    private static JsonElement Entry(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(file, "..", "golden.json")));
        return json.RootElement.GetProperty("files").EnumerateArray().Single(entry => entry.GetProperty("file").GetString() == Path.GetFileName(file)).Clone();
    }

    private static int[] Integers(JsonElement prompt, string key) => [.. prompt.GetProperty(key).EnumerateArray().Select(item => item.GetInt32())];
}
