using Gateway.Engine.Adapters;
using Gateway.Engine.Backends.Cuda;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Models;
using Gateway.Engine.Synthesis;
using Gateway.Engine.Tests.Adapters;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Gateway.Engine.Tests.Models;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Backends.Cuda;

public sealed class CudaBackendTests
{
    [Theory]
    [InlineData(false, "F8_E4M3", 200, 256, "F32", 200 * 256 * 4)]
    [InlineData(true, "F8_E4M3", 200, 256, "F8_E4M3", 200 * (256 + 8))]
    [InlineData(true, "F8_E4M3", 3, 272, "F8_E4M3", 3 * (272 + 12))]
    [InlineData(true, "F8_E4M3", 200, 136, "BF16", 200 * 136 * 2)] // no multiple of 16
    [InlineData(true, "Q4_0", 200, 256, "BF16", 200 * 256 * 2)]
    [InlineData(true, "F32", 1, 64, "BF16", 64 * 2)]
    public void Held_AnyTensor_IsWhatItTakesOnTheDevice(bool isHalf, string form, int rows, int columns, string expectedForm, long expectedBytes)
    {
        using var backend = Backend(new EmulatedGpu(), isHalf ? ElementType.BFloat16 : ElementType.Float32);
        var layout = WeightLayout.Find(form)!;
        var held = backend.Held(new WeightClaim("some", layout, rows, columns, rows * layout.RowBytes(columns)));
        Assert.Equal((expectedForm, expectedBytes), (held.Form.Name, held.ByteCount));
    }

    /// <summary>In the device's own memory and types: bfloat16 is half of what the host would take. All bytes must be there before any weight is read.</summary>
    [Fact]
    public void Load_MoreThanTheDeviceHas_SaysHowMuch()
    {
        using var checkpoint = SafetensorsCheckpoint.Open(EngineRun.SmallModel);
        var adapter = SyntheticAdapter.Create(checkpoint, "a", seed: 1, rank: 4);
        var weights = 2 * checkpoint.Names.Sum(name => checkpoint.Find(name)!.Shape.Aggregate(1L, (count, length) => count * length));
        var adapters = 2 * adapter.ParameterCount;
        Assert.Contains($"ModelPath: {weights >> 20} MiB of weights do not fit: there are {(weights - 1) >> 20} MiB (Emulated, bfloat16).", Refused(weights - 1), StringComparison.Ordinal);
        Assert.Contains($"ModelPath: {weights >> 20} MiB of weights and {adapters >> 20} MiB of adapters do not fit", Refused(weights + adapters - 1, adapter), StringComparison.Ordinal);

        string Refused(long memory, params LoraAdapter[] adapters) => Assert.Throws<EngineOptionsException>(() => Load(memory, adapters)).Message;

        static void Load(long memory, params LoraAdapter[] adapters)
        {
            var gpu = new EmulatedGpu();
            using var files = ModelFiles.Open(EngineRun.SmallModel);
            LoadedModel.OnGpu(new EmulatedGpu { Properties = gpu.Properties with { TotalBytes = memory } }, files, ElementType.BFloat16, adapters).Backend.Dispose();
        }
    }

    private static CudaBackend Backend(IGpu gpu, ElementType type) =>
        new(gpu, type, new CudaOptions { MaxTokens = 8, MaxLogitRows = 8, BlockSize = 16, SlabRows = 64 });
}
