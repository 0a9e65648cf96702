using System.Buffers.Binary;
using Gateway.Engine.Execution;
using Gateway.Engine.Inspection;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Gateway.Engine.Tests.Models;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests;

/// <summary>What a GPU lacks is known when the engine is loaded, not when the first request comes.</summary>
public sealed class CudaLoadTests
{
    private static readonly EngineOptions Options = new()
    {
        ModelPath = EngineRun.SmallModel,
        MaxStepTokens = 32,
        MaxRunningSequences = 4,
        KvCacheTokens = 256,
        Threads = 1,
    };

    /// <summary>From room for nothing to room for all: weights, cache or buffers are what does not fit.</summary>
    [Fact]
    public async Task Load_AnyMemory_ServesOrIsRefused()
    {
        var needed = Needed();
        await using (var engine = Load(needed))
        {
            Assert.Equal(3, (await engine.IdsAsync(Request)).Length);
        }

        for (var memory = needed - 1; memory > 0; memory -= needed / 9)
        {
            var exception = Assert.ThrowsAny<EngineException>(() => Load(memory));
            Assert.True(exception is GpuException or EngineOptionsException, exception.ToString());
        }
    }

    [Fact]
    public void Load_CacheThatDoesNotFitBesideTheWeights_NamesTheOption()
    {
        using var files = ModelFiles.Open(Options.ModelPath);
        var inspection = ModelInspector.Inspect(Options, Device(8L << 30));
        var memory = inspection.WeightBytes + (inspection.CacheBytesPerToken * Options.KvCacheTokens!.Value) - 1;
        var error = Assert.Single(Assert.Throws<EngineOptionsException>(() => Load(memory)).Errors);
        Assert.StartsWith("KvCacheTokens: 256 tokens take ", error, StringComparison.Ordinal);
        Assert.EndsWith("(Emulated, float32); use fewer.", error, StringComparison.Ordinal);
    }

    /// <summary>What is left of the memory becomes cache, however much that is, and the engine serves.</summary>
    [Fact]
    public async Task Load_NoCacheGiven_FillsWhatTheDeviceHasLeft()
    {
        var options = Options with { KvCacheTokens = null };
        var last = int.MaxValue;
        for (var memory = 32L << 20; ; memory -= memory / 4)
        {
            var device = Device(memory, out var gpu);
            using var files = ModelFiles.Open(options.ModelPath);
            InferenceEngine engine;
            try
            {
                engine = InferenceEngine.Load(options, device, files, progress: null, default);
            }
            catch (EngineException exception)
            {
                Assert.True(exception is GpuException or EngineOptionsException, exception.ToString());
                break;
            }

            await using (engine)
            {
                var model = engine.Model;
                Assert.Equal(3, (await engine.IdsAsync(Request)).Length);
                Assert.Equal(0, model.CacheTokens % 64);
                Assert.InRange(model.CacheTokens, 64, last);
                if (model.CacheTokens < 4 * model.ContextLength)
                {
                    // All but a twentieth, and the block that would not fit.
                    Assert.InRange(gpu.FreeBytes, 0, (memory / 20) + (64L * model.CacheBytesPerToken));
                }

                last = model.CacheTokens;
            }
        }

        Assert.InRange(last, 64, 1_024);
    }

    [Fact]
    public async Task Load_NoCacheGivenAndNoRoomForOne_SaysWhatTakesIt()
    {
        long built;
        using var files = ModelFiles.Open(Options.ModelPath);
        await using (var engine = InferenceEngine.Load(Options, Device(8L << 30, out var gpu), files, progress: null, default))
        {
            built = gpu.LiveBytes - ((long)engine.Model.CacheTokens * engine.Model.CacheBytesPerToken);
        }

        // Less than the twentieth that is left alone.
        var exception = Assert.Throws<EngineOptionsException>(
            () => InferenceEngine.Load(Options with { KvCacheTokens = null }, Device(built + (built / 50)), files, progress: null, default));
        Assert.StartsWith("ModelPath: the weights and the buffers for steps of 32 tokens (MaxStepTokens) leave no room for a KV cache", Assert.Single(exception.Errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1)]
    public async Task LoadWhereItFits_TooLittleMemory_TakesTheCpuAndSaysWhy(int missing)
    {
        using var files = ModelFiles.Open(Options.ModelPath);
        await using var engine = InferenceEngine.LoadWhereItFits(Options, Device(Math.Max(1, Needed() - (missing * 1000L))), files, progress: null, default);
        Assert.StartsWith("CPU", engine.Model.Device, StringComparison.Ordinal);
        Assert.StartsWith("No GPU is used: ", engine.Model.DeviceNote, StringComparison.Ordinal);
        Assert.Equal(3, (await engine.IdsAsync(Request)).Length);
    }

    [Fact]
    public async Task LoadWhereItFits_EnoughMemory_TakesTheGpu()
    {
        using var files = ModelFiles.Open(Options.ModelPath);
        await using var engine = InferenceEngine.LoadWhereItFits(Options, Device(Needed()), files, progress: null, default);
        Assert.StartsWith("Emulated", engine.Model.Device, StringComparison.Ordinal);
        Assert.Null(engine.Model.DeviceNote);
    }

    [Fact]
    public void LoadWhereItFits_ModelIsAtFault_SaysSo()
    {
        using var copy = new CheckpointCopy();
        copy.EditConfig(config => config["hidden_size"] = 7);
        using var files = ModelFiles.Open(copy.Folder);
        Assert.Throws<WeightsMismatchException>(() => InferenceEngine.LoadWhereItFits(Options, Device(8L << 30), files, progress: null, default));
    }

    [Fact]
    public void Load_FirstLogitsAreNotFinite_IsRefused()
    {
        using var copy = new CheckpointCopy();
        copy.EditWeights((header, data) =>
        {
            // All outputs as large as numbers get: their sums are not.
            var output = header["lm_head.weight"]!;
            var (from, to) = ((int)output["data_offsets"]![0]!, (int)output["data_offsets"]![1]!);
            for (var at = from; at < to; at += sizeof(float))
            {
                BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(at), (string?)output["dtype"] == "F32" ? 0x7F7FFFFFu : 0x7F7F7F7Fu);
            }

            return data;
        });
        using var files = ModelFiles.Open(copy.Folder);
        var exception = Assert.Throws<GpuException>(() => InferenceEngine.Load(Options, Device(8L << 30), files, progress: null, default));
        Assert.Contains("Emulated does not compute", exception.Message, StringComparison.Ordinal);
    }

    private static TokenRequest Request => new() { PromptIds = [5, 9, 33], MaxTokens = 3, IgnoreEos = true, Sampling = new() { Temperature = 0 } };

    private static InferenceEngine Load(long memory)
    {
        using var files = ModelFiles.Open(Options.ModelPath);
        return InferenceEngine.Load(Options, Device(memory), files, progress: null, default);
    }

    private static CudaDevice Device(long memory) => Device(memory, out _);

    private static CudaDevice Device(long memory, out EmulatedGpu gpu)
    {
        gpu = new EmulatedGpu { Properties = new EmulatedGpu().Properties with { TotalBytes = memory } };
        return new CudaDevice(gpu) { Type = ElementType.Float32 };
    }

    /// <summary>What a device has given away when the engine is loaded.</summary>
    private static long Needed()
    {
        var gpu = new EmulatedGpu();
        using var files = ModelFiles.Open(Options.ModelPath);
        var device = new CudaDevice(gpu) { Type = ElementType.Float32 };
        InferenceEngine.Load(Options, device, files, progress: null, default);
        return gpu.LiveBytes;
    }
}
