using Gateway.Engine.Kernels.Cuda;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cuda.Emulation;

public sealed class EmulatedGpuTests
{
    private const string Source = "test_kernels.cu";

    [Fact]
    public void Launch_RowSums_AreTheSums()
    {
        const int Rows = 64;
        const int Columns = 1000;
        using var gpu = new EmulatedGpu();
        var x = Numbers(Rows * Columns);
        using var input = gpu.ToDevice<float>(x);
        using var output = gpu.Allocate(ElementType.Float32, Rows);
        gpu.Launch(gpu.Kernel(Source, "row_sum"), new Dim3(Rows), new Dim3(256), 0, input, output, Columns);
        var sums = gpu.ToHost<float>(output, Rows);
        for (var row = 0; row < Rows; row++)
        {
            Assert.Equal(x.Skip(row * Columns).Take(Columns).Sum(value => (double)value), sums[row], 1e-3);
        }
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    public void Launch_MatrixProduct_IsRightOnlyWithTheWait(int doWait, bool isRight)
    {
        const int K = 64;
        using var gpu = new EmulatedGpu();
        var (a, b) = (Numbers(16 * K), Numbers(8 * K));
        using var left = gpu.ToDevice(ElementType.BFloat16, a);
        using var right = gpu.ToDevice(ElementType.BFloat16, b);
        using var output = gpu.Allocate(ElementType.Float32, 128);
        gpu.Launch(gpu.Kernel(Source, "product_16x8"), new Dim3(1), new Dim3(32), 0, left, right, output, K, doWait);
        var c = gpu.ToHost<float>(output, 128);
        for (var i = 0; i < 128; i++)
        {
            var sum = Enumerable.Range(0, K).Sum(k => (double)BFloat16Bits.Round(a[(i / 8 * K) + k]) * BFloat16Bits.Round(b[(i % 8 * K) + k]));
            Assert.Equal(isRight, Math.Abs(sum - c[i]) < 1e-5);
        }
    }

    private static float[] Numbers(int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }
}
