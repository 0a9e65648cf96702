using System.Text.Json.Nodes;
using Gateway.Engine.Backends.Cpu;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Models;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Models;

public sealed class ModelLoaderTests : IDisposable
{
    private const string Router = "model.layers.1.mlp.gate.weight";
    private const string Norm = "model.norm.weight";

    private readonly CheckpointCopy _checkpoint = new();

    public void Dispose() => _checkpoint.Dispose();

    [Fact]
    public void Load_UntouchedCopy_CountsItsParameters()
    {
        var model = Load();
        Assert.Equal("deepseek_v2", model.Family);
        Assert.Equal(_checkpoint.ReadWeights().Data.Length / 2, model.ParameterCount);
    }

    [Fact]
    public void Load_Shards_GiveTheSameModel()
    {
        SplitIntoShards();
        Assert.True(Load().ParameterCount > 0);
    }

    [Fact]
    public void Load_ShardMissing_NamesTheFile()
    {
        SplitIntoShards();
        File.Delete(Path.Combine(_checkpoint.Folder, "b.safetensors"));
        Assert.Contains("b.safetensors", Assert.Throws<WeightsFormatException>(Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_IndexDoesNotListATensor_NamesIt()
    {
        SplitIntoShards(map => map.Remove(Norm));
        Assert.Equal(Norm, Assert.Throws<WeightsFormatException>(Load).Tensor);
    }

    [Fact]
    public void Load_IndexLeavesTheFolder_IsRefused()
    {
        SplitIntoShards(map => map[Norm] = "../b.safetensors");
        Assert.Equal(Norm, Assert.Throws<WeightsFormatException>(Load).Tensor);
    }

    [Fact]
    public void Load_NoWeights_NamesWhatIsExpected()
    {
        File.Delete(_checkpoint.WeightsPath);
        Assert.Contains("model.safetensors", Assert.Throws<WeightsFormatException>(Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TensorsMissingUnexpectedAndMisshapen_AreAllListed()
    {
        _checkpoint.EditWeights((header, data) =>
        {
            Rename(header, Norm, "model.norm.scale");
            header[Router]!["shape"] = new JsonArray(128, 12);
            return data;
        });
        var exception = Assert.Throws<WeightsMismatchException>(Load);
        Assert.Equal(
            [
                $"wrong shape: '{Router}' is [128, 12], config.json asks for [12, 128]",
                $"missing: '{Norm}' [128]",
                "unexpected: 'model.norm.scale' [128]",
            ],
            exception.Errors);
    }

    [Theory]
    [InlineData(0x7FC0)] // NaN
    [InlineData(0xFF80)] // minus infinity
    public void Load_WeightIsNotFinite_NamesTheTensor(int bits)
    {
        _checkpoint.EditWeights((header, data) =>
        {
            var last = (int)header[Router]!["data_offsets"]![1]! - 2;
            BitConverter.TryWriteBytes(data.AsSpan(last), (ushort)bits);
            return data;
        });
        var exception = Assert.Throws<WeightsFormatException>(Load);
        Assert.Equal(Router, exception.Tensor);
        Assert.Contains("NaN", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_UnsupportedElementType_IsRefusedByName()
    {
        _checkpoint.EditWeights((header, data) =>
        {
            header[Router]!["dtype"] = "I16";
            return data;
        });
        var exception = Assert.Throws<WeightsFormatException>(Load);
        Assert.Equal(Router, exception.Tensor);
        Assert.Contains("I16", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WeightsCutShort_IsRefused()
    {
        using (var file = File.OpenWrite(_checkpoint.WeightsPath))
        {
            file.SetLength(file.Length - 1);
        }

        Assert.Contains("cut short", Assert.Throws<WeightsFormatException>(Load).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_LayersWithoutEnd_StopsAtAThousandErrors()
    {
        _checkpoint.EditConfig(config => config["num_hidden_layers"] = 512);
        Assert.Equal(1001, Assert.Throws<WeightsMismatchException>(Load).Errors.Count);
    }

    [Fact]
    public void Load_TiedEmbeddings_NeedNoHeadAndCountOnce()
    {
        var all = Load().ParameterCount;
        _checkpoint.EditConfig(config => config["tie_word_embeddings"] = true);
        Assert.Equal(all - (512 * 128), Load().ParameterCount);
    }

    [Fact]
    public void Load_Biases_AreAskedForByName()
    {
        _checkpoint.EditConfig(config => (config["attention_bias"], config["mlp_bias"]) = (true, true));
        var errors = Assert.Throws<WeightsMismatchException>(Load).Errors;
        foreach (var name in new[] { "self_attn.kv_a_proj_with_mqa", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj" })
        {
            Assert.Contains(errors, error => error.Contains($"model.layers.0.{name}.bias", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Load_Cancelled_Stops()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        using var files = ModelFiles.Open(_checkpoint.Folder);
        using var backend = new CpuBackend(new CpuTeam(1), 16);
        Assert.ThrowsAny<OperationCanceledException>(() => ModelLoader.Load(files, backend, Quantization.None, null, cancelled.Token));
    }

    private ILanguageModel Load() => LoadedModel.OnCpu(_checkpoint.Folder).Model;

    private static void Rename(JsonObject header, string from, string to)
    {
        header[to] = header[from]!.DeepClone();
        header.Remove(from);
    }

    /// <summary>Splits the weights into a.safetensors and b.safetensors with an index.</summary>
    private void SplitIntoShards(Action<JsonObject>? editMap = null)
    {
        var (header, data) = _checkpoint.ReadWeights();
        var map = new JsonObject();
        var names = header.Select(pair => pair.Key).Where(name => name != "__metadata__").ToList();
        foreach (var (shard, members) in new[] { ("a.safetensors", names[..20]), ("b.safetensors", names[20..]) })
        {
            var part = new JsonObject();
            List<byte> bytes = [];
            foreach (var name in members)
            {
                var entry = header[name]!.DeepClone();
                var (begin, end) = ((int)entry["data_offsets"]![0]!, (int)entry["data_offsets"]![1]!);
                entry["data_offsets"] = new JsonArray(bytes.Count, bytes.Count + end - begin);
                bytes.AddRange(data[begin..end]);
                part[name] = entry;
                map[name] = shard;
            }

            CheckpointCopy.WriteWeights(Path.Combine(_checkpoint.Folder, shard), part, [.. bytes]);
        }

        editMap?.Invoke(map);
        File.WriteAllText(
            Path.Combine(_checkpoint.Folder, "model.safetensors.index.json"), new JsonObject { ["weight_map"] = map }.ToJsonString());
        File.Delete(_checkpoint.WeightsPath);
    }
}
