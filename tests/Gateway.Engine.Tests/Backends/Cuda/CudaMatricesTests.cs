using Gateway.Engine.Backends.Cuda;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Backends.Cuda;

public sealed class CudaMatricesTests
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
        using var backend = new CudaBackend(
            gpu, ElementType.BFloat16, new CudaOptions { MaxTokens = MaxTokens, MaxLogitRows = 8, BlockSize = 16, SlabRows = 64 });
        WeightSource[] sources = [CudaWeightsTests.Float8Source(1, 15, Columns), CudaWeightsTests.Float8Source(2, 5, Columns)];
        var weights = backend.Matrices.Load(sources);
        backend.Scratch.Allocate();
        var x = Values.Random(new Random(1), ElementType.BFloat16, tokens * Columns);
        using var input = gpu.ToDevice(ElementType.BFloat16, x);
        using var output = gpu.ToDevice<float>([.. Enumerable.Repeat(3f, tokens * Rows)]);
        backend.Matrices.Multiply(input.Pointer, weights, output.Pointer, tokens, Rows, Columns, LinearOutput.Accumulate);
        Assert.Equal(isWidened ? ["widen_fp8"] : ["linear_128x128x2x8_fp8"], gpu.Kernels);
        Assert.Equal(isWidened, gpu.Calls.Any(call => call is RecordedCall.Product));
        float[][] matrix = [.. sources.SelectMany(source => CudaWeightsTests.Widened(source.Read())).Chunk(Columns)];
        var actual = gpu.ToHost<float>(output, tokens * Rows);
        var expected = Enumerable.Range(0, tokens * Rows).Select(i => 3 + Values.Dot(x.AsSpan(i / Rows * Columns, Columns), matrix[i % Rows])).ToArray();
        Assert.InRange(Values.RelativeError(expected, actual), 0, isWidened ? 3e-3 : 1e-6);
    }
}
