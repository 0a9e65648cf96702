using Gateway.Engine.Backends.Cuda;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
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

    [Fact]
    public void CheckRoom_MoreThanTheDeviceHas_SaysHowMuch()
    {
        using var backend = Backend(new EmulatedGpu(), ElementType.BFloat16);
        backend.CheckRoom(8L << 30);
        var error = Assert.Throws<EngineOptionsException>(() => backend.CheckRoom((8L << 30) + 1));
        Assert.Contains("8192 MiB that Emulated has", error.Message, StringComparison.Ordinal);
    }

    private static CudaBackend Backend(IGpu gpu, ElementType type) =>
        new(gpu, type, new CudaOptions { MaxTokens = 8, MaxLogitRows = 8, BlockSize = 16, MaxTableEntries = 64, SlabRows = 64 });
}
