using Gateway.Engine.Backends.Cuda;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Backends.Cuda;

public sealed class CudaBackendTests
{
    private const int MaxTokens = Float8Kernels.MaxTokens + 1;

    [Theory]
    [InlineData(MaxTokens - 1, false)]
    [InlineData(MaxTokens, true)]
    public void Multiply_Float8Weights_AreWidenedForManyTokensOnly(int tokens, bool isWidened)
    {
        const int Rows = 20;
        const int Columns = 144;
        var gpu = new RecordingGpu(new EmulatedGpu());
        using var backend = Backend(gpu, ElementType.BFloat16);
        WeightSource[] sources = [CudaWeightsTests.Float8Source(1, 15, Columns), CudaWeightsTests.Float8Source(2, 5, Columns)];
        var weights = backend.LinearWeights(sources);
        backend.Scratch.Allocate();
        var x = Values.Random(new Random(1), ElementType.BFloat16, tokens * Columns);
        using var input = gpu.ToDevice(ElementType.BFloat16, x);
        using var output = gpu.ToDevice<float>([.. Enumerable.Repeat(3f, tokens * Rows)]);
        backend.Multiply(input.Pointer, weights, output.Pointer, tokens, Rows, Columns, LinearOutput.Accumulate);
        Assert.Equal(isWidened ? ["widen_fp8"] : ["linear_128x128x2x8_fp8"], gpu.Kernels);
        Assert.Equal(isWidened, gpu.Calls.Any(call => call is RecordedCall.Product));
        float[][] matrix = [.. sources.SelectMany(source => CudaWeightsTests.Widened(source.Read())).Chunk(Columns)];
        var actual = gpu.ToHost<float>(output, tokens * Rows);
        var expected = Enumerable.Range(0, tokens * Rows).Select(i => 3 + Values.Dot(x.AsSpan(i / Rows * Columns, Columns), matrix[i % Rows])).ToArray();
        Assert.InRange(Values.RelativeError(expected, actual), 0, isWidened ? 3e-3 : 1e-6);
    }

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
        new(gpu, type, new CudaOptions { MaxTokens = MaxTokens, MaxLogitRows = 8, BlockSize = 16, MaxTableEntries = 64, SlabRows = 64 });
}
