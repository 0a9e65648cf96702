using System.Text;
using System.Text.Json.Nodes;
using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Models;
using Gateway.Engine.Tests.Weights.Gguf;
using Gateway.Engine.Tokenization;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Models;

/// <summary>Damaged models of every family, as folders and as GGUF files: a clear error, never anything else.</summary>
public sealed class DamagedModelTests : IDisposable
{
    private readonly string _path = Path.Combine(Directory.CreateTempSubdirectory("damaged-").FullName, "model.gguf");

    public static TheoryData<string> Models => ["deepseek_v3_fp8", "llama_distill", "qwen2_distill", "qwen3_distill"];

    public static TheoryData<string> GgufFiles => [.. SmallGgufFiles];

    private static string[] SmallGgufFiles => Directory.GetFiles(Path.Combine(Goldens.RepositoryRoot, "tests", "goldens", "gguf"), "*.gguf");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [Theory]
    [MemberData(nameof(Models))]
    public void Load_FolderMissingExtraAndMisshapenTensors_ListsThem(string model)
    {
        const string norm = "model.norm.weight";
        const string output = "model.layers.0.self_attn.o_proj.weight";
        using var copy = new CheckpointCopy(model);
        copy.EditWeights((header, data) =>
        {
            header["model.extra.weight"] = header[norm]!.DeepClone();
            header.Remove(norm);
            var shape = header[output]!["shape"]!.AsArray();
            header[output]!["shape"] = new JsonArray(shape[0]!.GetValue<int>() * 2, shape[1]!.GetValue<int>() / 2);
            return data;
        });
        var errors = Assert.Throws<WeightsMismatchException>(() => LoadedModel.OnCpu(copy.Folder)).Errors;
        Assert.Contains(errors, error => error.StartsWith($"missing: '{norm}'", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith("unexpected: 'model.extra.weight'", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith($"wrong shape: '{output}'", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Load_FolderCutShort_IsRefused(string model)
    {
        using var copy = new CheckpointCopy(model);
        using (var file = File.OpenWrite(copy.WeightsPath))
        {
            file.SetLength(file.Length / 2);
        }

        Assert.Contains("cut short", Assert.Throws<WeightsFormatException>(() => LoadedModel.OnCpu(copy.Folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Load_FolderWithNaN_NamesTheTensor(string model)
    {
        const string name = "model.layers.1.mlp.down_proj.weight";
        using var copy = new CheckpointCopy(model);
        copy.EditWeights((header, data) =>
        {
            // All ones are NaN in bfloat16 and in 8-bit floating point.
            data.AsSpan((int)header[name]!["data_offsets"]![1]! - 2, 2).Fill(0xFF);
            return data;
        });
        var exception = Assert.Throws<WeightsFormatException>(() => LoadedModel.OnCpu(copy.Folder));
        Assert.Equal(name, exception.Tensor);
        Assert.Contains("NaN", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_MultiTokenLayersWithoutTheirKey_AreUnexpected()
    {
        using var copy = new CheckpointCopy("deepseek_v3_fp8");
        copy.EditConfig(config => config.Remove("num_nextn_predict_layers"));
        var errors = Assert.Throws<WeightsMismatchException>(() => LoadedModel.OnCpu(copy.Folder)).Errors;
        Assert.All(errors, error => Assert.StartsWith("unexpected: 'model.layers.4.", error, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(GgufFiles))]
    public void Load_GgufCutAnywhere_IsRefused(string file)
    {
        var bytes = File.ReadAllBytes(file);
        var random = new Random(41);
        foreach (var length in Enumerable.Range(0, 40).Select(_ => random.Next(bytes.Length)).Append(bytes.Length - 1))
        {
            File.WriteAllBytes(_path, bytes[..length]);
            Assert.Throws<WeightsFormatException>(() => LoadedModel.OnCpu(_path));
        }
    }

    [Theory]
    [MemberData(nameof(GgufFiles))]
    public void Load_GgufRandomlyDamaged_NeverFailsOtherwise(string file)
    {
        var original = File.ReadAllBytes(file);
        var random = new Random(43);
        for (var i = 0; i < 60; i++)
        {
            // The header, where everything is decided, is the first few percent.
            var bytes = (byte[])original.Clone();
            var range = i % 3 == 0 ? bytes.Length : 20_000;
            for (var j = random.Next(1, 6); j > 0; j--)
            {
                bytes[random.Next(range)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(_path, bytes);
            var exception = Record.Exception(() =>
            {
                using var files = ModelFiles.Open(_path);
                files.ReadTokenizer();
                files.FindChatTemplate();
                files.ReadDefaults();
                LoadedModel.OnCpu(_path);
                files.ReadTokenIds(512);
            });
            Assert.True(exception is null or EngineException or TokenizerFormatException or ChatTemplateException, $"{exception}");
        }
    }

    [Theory]
    [InlineData("llama", "gemma", "general.architecture")]
    [InlineData("llama.block_count", "llama.block_cxunt", "llama.block_count")]
    [InlineData("llama.context_length", "llama.context_lxngth", "llama.context_length")]
    [InlineData("blk.0.attn_q.weight", "blk.0.attn_x.weight", "model.layers.0.self_attn.q_proj.weight")]
    [InlineData("rope_freqs.weight", "rope_frexs.weight", "rope_frexs.weight")]
    public void Load_GgufWithAChangedName_NamesWhatIsMissingOrUnknown(string from, string to, string named)
    {
        var bytes = File.ReadAllBytes(SmallGgufFiles.Single(file => Path.GetFileName(file) == "llama_distill-Q8_0.gguf"));
        var place = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(from));
        Encoding.UTF8.GetBytes(to).CopyTo(bytes, place);
        File.WriteAllBytes(_path, bytes);
        Assert.Contains(named, Assert.ThrowsAny<EngineException>(() => LoadedModel.OnCpu(_path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_GgufWithoutTensors_NamesTheKey()
    {
        File.WriteAllBytes(_path, new GgufBuilder().Key("general.architecture", 8, GgufBuilder.Text("qwen2")).Build());
        Assert.Contains("is missing", Assert.Throws<WeightsFormatException>(() => LoadedModel.OnCpu(_path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NothingOrSeveralModels_SaysSo()
    {
        var folder = Path.GetDirectoryName(_path)!;
        Assert.Throws<EngineOptionsException>(() => ModelFiles.Open(Path.Combine(folder, "absent")));
        Assert.Throws<ModelConfigException>(() => LoadedModel.OnCpu(folder));
        var file = SmallGgufFiles[0];
        File.Copy(file, _path);
        using (var only = ModelFiles.Open(folder))
        {
            Assert.Equal("model", only.Name);
        }

        File.Copy(file, Path.Combine(folder, "other.gguf"));
        Assert.Contains("several", Assert.Throws<EngineOptionsException>(() => ModelFiles.Open(folder)).Message, StringComparison.Ordinal);
    }
}
