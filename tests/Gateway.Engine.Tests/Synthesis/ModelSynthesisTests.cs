using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models;
using Gateway.Engine.Sampling;
using Gateway.Engine.Synthesis;
using Gateway.Engine.Tests.Weights.Gguf;
using Gateway.Engine.Text;
using Gateway.Engine.Tokenization;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Synthesis;

public sealed class ModelSynthesisTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("synthesis-").FullName;

    public static TheoryData<string> Shapes => [.. SynthesisOptions.Shapes.Where(shape => shape.EndsWith("-tiny", StringComparison.Ordinal))];

    public static TheoryData<string> Types => [.. SynthesisOptions.Types];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Write_BothFormatsOfOneSeed_HoldTheSameTensors(string shape)
    {
        using var folder = ModelFiles.Open(Write(shape, "f32", SynthesisFormat.Safetensors));
        using var file = ModelFiles.Open(Write(shape, "f32", SynthesisFormat.Gguf));
        using var expected = folder.OpenWeights();
        using var actual = file.OpenWeights();
        Assert.Equal(
            expected.Names.SelectMany(name => LatentExpansions.IsJoined(name) ? LatentExpansions.HalvesOf(name) : [name]).Order(), actual.Names.Order());
        foreach (var name in expected.Names)
        {
            if (LatentExpansions.IsJoined(name))
            {
                var joined = MemoryMarshal.AsBytes(LatentExpansions.ReadJoined(actual, name).AsSpan());
                Assert.True(Bytes(expected, expected.Find(name)!).AsSpan().SequenceEqual(joined), name);
                continue;
            }

            var (left, right) = (expected.Find(name)!, actual.Find(name)!);
            Assert.Equal((left.Type, left.ShapeText), (right.Type, right.ShapeText));
            Assert.True(Bytes(expected, left).AsSpan().SequenceEqual(Bytes(actual, right)), name);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Write_BothFormatsOfOneSeed_AnswerAlike(string shape)
    {
        var answers = new List<int[]>();
        foreach (var format in Enum.GetValues<SynthesisFormat>())
        {
            await using var model = Load(Write(shape, "f32", format));
            var prompt = model.EncodeText("Twenty-one tokens, or 22?\n  Ünïcode 漢字 🙂");
            Assert.Equal(model.Engine.Model.BosTokenId, prompt[0]);
            Assert.Equal("Twenty-one tokens, or 22?\n  Ünïcode 漢字 🙂", model.Tokenizer.Decode(prompt, skipSpecialTokens: true).Normalize());
            answers.Add([.. prompt, .. await model.Engine.IdsAsync(new TokenRequest
            {
                PromptIds = prompt,
                MaxTokens = 12,
                IgnoreEos = true,
                Sampling = new SamplingParameters { Temperature = 0 },
            })]);
        }

        Assert.Equal(answers[0], answers[1]);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Write_EachType_LoadsWithValuesNearTheSeeds(string type)
    {
        var file = LoadedModel(Write("v2-tiny", type, SynthesisFormat.Gguf));
        var exact = LoadedModel(Write("v2-tiny", "f32", SynthesisFormat.Gguf));
        Assert.Equal(exact.Parameters, file.Parameters);

        // A quarter of the numbers' deviation is more than any format of four bits errs by.
        var error = Math.Sqrt(file.Sample.Zip(exact.Sample, (a, b) => (a - b) * (a - b)).Average());
        var deviation = Math.Sqrt(exact.Sample.Average(value => value * value));
        Assert.InRange(deviation, 0.05, 0.075); // 1/√256
        Assert.InRange(error / deviation, 0, type switch { "f32" or "bf16" => 0, "f16" or "q8_0" => 0.01, "q6_k" => 0.04, _ => 0.25 });
    }

    [Theory]
    [InlineData(SynthesisFormat.Gguf)]
    [InlineData(SynthesisFormat.Safetensors)]
    public void Write_SameSeed_GivesTheSameBytesAndAnotherSeedOthers(SynthesisFormat format)
    {
        string[] hashes = [.. new long[] { 7, 7, 8 }.Select(seed =>
        {
            var path = Write("v2-tiny", "bf16", format, seed);
            var file = format == SynthesisFormat.Gguf ? path : Path.Combine(path, "model.safetensors");
            return Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));
        })];
        Assert.Equal(hashes[0], hashes[1]);
        Assert.NotEqual(hashes[0], hashes[2]);
    }

    [Fact]
    public void Write_LayersAndExperts_AreThose()
    {
        var path = Path.Combine(_folder, "cut.gguf");
        ModelSynthesis.Write(new SynthesisOptions { Shape = "v2-tiny", OutputPath = path, Format = SynthesisFormat.Gguf, Layers = 2, Experts = 5 });
        using var files = ModelFiles.Open(path);
        var config = files.ReadConfig();
        Assert.Equal((2, 5), (config.GetProperty("num_hidden_layers").GetInt32(), config.GetProperty("n_routed_experts").GetInt32()));
        using var weights = files.OpenWeights();
        Assert.NotNull(weights.Find("model.layers.1.mlp.experts.4.down_proj.weight"));
        Assert.DoesNotContain(weights.Names, name => name.Contains(".experts.5.", StringComparison.Ordinal) || name.StartsWith("model.layers.2.", StringComparison.Ordinal));
    }

    [Fact]
    public void Write_WrongOptions_AreAllListed()
    {
        var options = new SynthesisOptions { Shape = "v9", Type = "q7", OutputPath = "", Layers = 0 };
        var errors = Assert.Throws<EngineOptionsException>(() => ModelSynthesis.Write(options)).Errors;
        Assert.Equal(["Shape", "Type", "OutputPath", "Layers"], errors.Select(error => error.Split(' ')[0]));
    }

    [Theory]
    [InlineData("qwen-tiny", 4, "has none")]
    [InlineData("v2-tiny", 1, "2 to 1024")]
    public void Write_ExpertsThatTheShapeCannotHave_AreRefused(string shape, int experts, string problem)
    {
        var options = new SynthesisOptions { Shape = shape, OutputPath = _folder, Experts = experts };
        Assert.Contains(problem, Assert.Throws<EngineOptionsException>(() => ModelSynthesis.Write(options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Cancelled_LeavesNoFile()
    {
        var path = Path.Combine(_folder, "model.gguf");
        var options = new SynthesisOptions { Shape = "v2-tiny", OutputPath = path, Format = SynthesisFormat.Gguf };
        Assert.Throws<OperationCanceledException>(() => ModelSynthesis.Write(options, cancellationToken: new CancellationToken(canceled: true)));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    private static (long Parameters, float[] Sample) LoadedModel(string path)
    {
        using var files = ModelFiles.Open(path);
        using var weights = files.OpenWeights();
        var entry = weights.Find("model.layers.1.mlp.experts.3.up_proj.weight")!;
        var layout = WeightLayout.Find(entry.Type)!;
        var matrix = WeightMatrix.FromBytes((int)entry.Shape[0], (int)entry.Shape[1], layout.Format, Bytes(weights, entry));
        var values = new float[entry.ElementCount];
        WeightRows.CopyWidened(matrix, 0, matrix.Rows, values);
        return (Models.LoadedModel.OnCpu(path).Model.ParameterCount, values);
    }

    private static byte[] Bytes(ICheckpoint checkpoint, TensorEntry entry)
    {
        var bytes = new byte[entry.ByteCount];
        checkpoint.ReadRows(entry, 0, bytes);
        return bytes;
    }

    private static LanguageModel Load(string path) => LanguageModel.Load(
        new EngineOptions { ModelPath = path, KvCacheTokens = 512, Device = ComputeDevice.Cpu }, cancellationToken: TestContext.Current.CancellationToken);

    private string Write(string shape, string type, SynthesisFormat format, long seed = 1)
    {
        var path = Path.Combine(_folder, Path.GetRandomFileName());
        ModelSynthesis.Write(new SynthesisOptions { Shape = shape, Type = type, Format = format, OutputPath = path, Seed = seed });
        return path;
    }
}
