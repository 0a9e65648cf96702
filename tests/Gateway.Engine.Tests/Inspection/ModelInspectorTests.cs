using System.Buffers.Binary;
using Gateway.Engine.ChatTemplates;
using Gateway.Engine.Execution;
using Gateway.Engine.Inspection;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Synthesis;
using Gateway.Engine.Tests.Adapters;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Gateway.Engine.Tests.Models;
using Gateway.Engine.Tokenization;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Inspection;

public sealed class ModelInspectorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("inspection-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Inspect_Mixture_CountsWhatATokenReads()
    {
        var inspection = Inspect(Write("v2-tiny", "q8_0", SynthesisFormat.Gguf));

        Assert.Equal(("deepseek_v2", 3, 1024, 4096), (inspection.Family, inspection.Layers, inspection.VocabularySize, inspection.ContextLength));
        Assert.Equal(inspection.TokenizerSize, inspection.VocabularySize);
        Assert.Equal(ChatTemplateSource.Model, inspection.ChatTemplate);

        // Two layers of eight experts, of which a token takes two; three matrices of 256 × 256 each.
        var experts = Assert.Single(inspection.Parts, part => part.Kind == "experts");
        Assert.Equal(("Q8_0", 2 * 8 * 3 * 256 * 256, 0.25), (experts.Form, experts.Parameters, experts.ReadShare));
        Assert.Equal(experts.Parameters / 32 * 34, experts.Bytes);
        var embedding = Assert.Single(inspection.Parts, part => part.Kind == "embedding");
        Assert.Equal((1024L * 256, 0.0), (embedding.Parameters, embedding.ReadShare));
        Assert.Equal(inspection.Parameters - embedding.Parameters - (experts.Parameters * 3 / 4), inspection.ActiveParameters);
        Assert.Equal(inspection.WeightBytes - embedding.Bytes - (experts.Bytes * 3 / 4), inspection.WeightBytesPerToken);
    }

    [Theory]
    [InlineData("v2-tiny", SynthesisFormat.Gguf)]
    [InlineData("v2-tiny", SynthesisFormat.Safetensors)]
    [InlineData("qwen3-tiny", SynthesisFormat.Safetensors)]
    public async Task Inspect_Model_TellsWhatLoadingItGives(string shape, SynthesisFormat format)
    {
        var path = Write(shape, "bf16", format);
        var inspection = Inspect(path);
        await using var engine = InferenceEngine.Load(Options(path) with { KvCacheTokens = 4096 }, TestContext.Current.CancellationToken);
        Assert.Equal(engine.Model.ParameterCount, inspection.Parameters);
        Assert.Equal(engine.Model.CacheBytesPerToken, inspection.CacheBytesPerToken);
        Assert.Equal(engine.Model.ContextLength, inspection.ContextLength);
        Assert.Equal(engine.Model.Device, inspection.Device);
        Assert.Equal(engine.Model.WeightForm, inspection.Parts.GroupBy(part => part.Form).MaxBy(form => form.Sum(part => part.Bytes))!.Key);
    }

    [Fact]
    public void Inspect_TiedEmbeddings_AreReadAsTheOutput()
    {
        var folder = Goldens.Folders("models").First(folder => Path.GetFileName(folder).StartsWith("qwen3", StringComparison.Ordinal));
        var inspection = Inspect(folder);
        var embedding = Assert.Single(inspection.Parts, part => part.Kind == "embedding");
        Assert.Equal(inspection.Parts.Any(part => part.Kind == "output") ? 0 : 1, embedding.ReadShare);
    }

    [Fact]
    public void CacheTokensThatFit_Memory_IsWhatTheWeightsLeave()
    {
        var inspection = Inspect(Write("v2-tiny", "q8_0", SynthesisFormat.Gguf), memoryBytes: 1_000_000_000);
        Assert.Equal((900_000_000 - inspection.WeightBytes) / inspection.CacheBytesPerToken, inspection.CacheTokensThatFit);
        Assert.Equal(0, (inspection with { MemoryBytes = inspection.WeightBytes }).CacheTokensThatFit);
    }

    [Fact]
    public void Inspect_ForAGpu_CountsInItsTypesAndItsMemory()
    {
        using var checkpoint = SafetensorsCheckpoint.Open(EngineRun.SmallModel);
        using var folder = new AdapterFolder(SyntheticAdapter.Create(checkpoint, "a", seed: 1, rank: 4));
        var options = Options(EngineRun.SmallModel) with { Adapters = new Dictionary<string, string> { ["a"] = folder.Path } };
        var host = ModelInspector.Inspect(options);
        var gpu = new EmulatedGpu();
        var inspection = ModelInspector.Inspect(options, new CudaDevice(gpu) { Type = ElementType.BFloat16 });
        Assert.Equal(gpu.Properties.TotalBytes, inspection.MemoryBytes);
        Assert.Equal(2 * inspection.Parameters, inspection.WeightBytes);
        Assert.Equal((4 * host.Adapters[0].Parameters, 2 * host.Adapters[0].Parameters), (host.AdapterBytes, inspection.AdapterBytes));
        Assert.Equal(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, host.MemoryBytes);
    }

    [Fact]
    public void Inspect_Quantized_TellsTheFormInMemory()
    {
        var path = Write("qwen-tiny", "bf16", SynthesisFormat.Safetensors);
        var inspection = ModelInspector.Inspect(Options(path) with { Quantization = Quantization.Q4 });
        Assert.Equal("Q4_0", Assert.Single(inspection.Parts, part => part.Kind == "dense MLP").Form);
        Assert.True(inspection.WeightBytes < Inspect(path).WeightBytes / 3);
    }

    [Fact]
    public void Inspect_MissingTensor_IsNamedWithoutReadingAny()
    {
        using var copy = new CheckpointCopy("qwen2_distill");
        copy.EditWeights((header, data) =>
        {
            header["model.norm.extra"] = header["model.norm.weight"]!.DeepClone();
            header.Remove("model.norm.weight");
            return data;
        });
        var errors = Assert.Throws<WeightsMismatchException>(() => Inspect(copy.Folder)).Errors;
        Assert.Contains(errors, error => error.StartsWith("missing: 'model.norm.weight'", StringComparison.Ordinal));
    }

    /// <summary>Two thousand damaged headers, lengths and counts made hostile among them: an error that says what is wrong, or a model.</summary>
    [Theory]
    [InlineData(SynthesisFormat.Gguf)]
    [InlineData(SynthesisFormat.Safetensors)]
    public void Inspect_DamagedHeader_NeverFailsOtherwise(SynthesisFormat format)
    {
        var path = Write("v2-tiny", format == SynthesisFormat.Gguf ? "q4_0" : "bf16", format);
        var file = format == SynthesisFormat.Gguf ? path : Path.Combine(path, "model.safetensors");
        var original = new byte[HeaderLength(file, format)];
        using (var stream = File.OpenRead(file))
        {
            stream.ReadExactly(original);
        }

        var random = new Random(47);
        var failures = 0;
        for (var i = 0; i < 1000; i++)
        {
            var header = (byte[])original.Clone();
            for (var j = random.Next(1, 4); j > 0; j--)
            {
                Damage(header, random);
            }

            Overwrite(file, header);
            var exception = Record.Exception(() => Inspect(path));
            Assert.True(exception is null or EngineException or TokenizerFormatException or ChatTemplateException, $"round {i}: {exception}");
            failures += exception is null ? 0 : 1;
        }

        Assert.InRange(failures, 300, 1000);
        Overwrite(file, original);
        Assert.Equal("deepseek_v2", Inspect(path).Family);
    }

    private static void Damage(byte[] header, Random random)
    {
        var place = random.Next(header.Length - sizeof(ulong));
        switch (random.Next(4))
        {
            case 0:
                header[place] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(place), random.NextInt64() >> random.Next(60) is var length && random.Next(2) == 0 ? ulong.MaxValue : (ulong)length);
                break;
            case 2:
                BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(place), random.Next(2) == 0 ? int.MaxValue : -1);
                break;
            default:
                header.AsSpan(random.Next(header.Length - sizeof(ulong)), sizeof(ulong)).CopyTo(header.AsSpan(place));
                break;
        }
    }

    private static void Overwrite(string file, byte[] header)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Write);
        stream.Write(header);
    }

    /// <summary>What comes before the tensors' data.</summary>
    private static int HeaderLength(string file, SynthesisFormat format)
    {
        using var stream = File.OpenRead(file);
        var prefix = new byte[sizeof(ulong)];
        stream.ReadExactly(prefix);
        if (format == SynthesisFormat.Safetensors)
        {
            return prefix.Length + (int)BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        }

        using var gguf = Gateway.Engine.Weights.Gguf.GgufFile.Open(file);
        return (int)gguf.Tensors.Values.Min(tensor => tensor.Offset);
    }

    private static EngineOptions Options(string path) => new() { ModelPath = path, Device = ComputeDevice.Cpu, Threads = 1 };

    private static ModelInspection Inspect(string path, long? memoryBytes = null) => ModelInspector.Inspect(Options(path), memoryBytes);

    private string Write(string shape, string type, SynthesisFormat format)
    {
        var path = Path.Combine(_folder, Path.GetRandomFileName());
        ModelSynthesis.Write(new SynthesisOptions { Shape = shape, Type = type, Format = format, OutputPath = path });
        return path;
    }
}
