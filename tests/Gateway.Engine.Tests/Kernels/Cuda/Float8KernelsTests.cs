using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cuda;

public sealed class Float8KernelsTests
{
    [Fact]
    public void Launch_WidenedCodes_AreExactlyTheirValues()
    {
        using var gpu = new EmulatedGpu();
        using var codes = gpu.ToDevice<byte>([.. Enumerable.Range(0, 256).Select(code => (byte)code)]);
        using var pairs = gpu.Allocate(ElementType.BFloat16, 256);
        gpu.Launch(gpu.Kernel("test_kernels.cu", "widen"), new Dim3(1), new Dim3(64), 0, codes, pairs);
        var widened = gpu.ToHost<ushort>(pairs, 256);
        for (var code = 0; code < 256; code++)
        {
            var value = Float8.Value((byte)code);
            var expected = float.IsNaN(value) ? (code < 128 ? 480 : -480) : value;
            Assert.Equal(BitConverter.SingleToUInt32Bits(expected), (uint)widened[code] << 16);
        }
    }

    [Theory]
    [InlineData(9, 33, 16, nameof(LinearOutput.Element))]
    [InlineData(32, 128, 640, nameof(LinearOutput.Float32))] // more slices of columns than stages
    [InlineData(40, 21, 272, nameof(LinearOutput.Accumulate))]
    [InlineData(64, 131, 528, nameof(LinearOutput.Element))]
    [InlineData(70, 17, 144, nameof(LinearOutput.Float32))]
    [InlineData(131, 37, 400, nameof(LinearOutput.Accumulate))] // two tiles of tokens, the second with three
    public void Multiply_ManyTokens_IsTheProduct(int tokens, int rows, int columns, string kindName)
    {
        var kind = Enum.Parse<LinearOutput>(kindName);
        var random = new Random(tokens);
        var (weights, x) = (new Float8Weights(random, rows, columns, largest: 2), Values.Random(random, ElementType.BFloat16, tokens * columns));
        using var gpu = new EmulatedGpu();
        using var input = gpu.ToDevice(ElementType.BFloat16, x);
        using var matrix = weights.ToDevice(gpu);
        using var output = kind == LinearOutput.Element
            ? gpu.Allocate(ElementType.BFloat16, tokens * rows)
            : gpu.ToDevice<float>([.. Enumerable.Repeat(kind == LinearOutput.Accumulate ? 5f : float.NaN, tokens * rows)]);
        new Float8Kernels(gpu).Multiply(input.Pointer, matrix.Matrix, output.Pointer, kind, tokens, rows, columns);
        var actual = gpu.ToHost(kind == LinearOutput.Element ? ElementType.BFloat16 : ElementType.Float32, output, tokens * rows);
        for (var i = 0; i < actual.Length; i++)
        {
            var (token, row) = (i / rows, i % rows);
            var product = Values.Dot(x.AsSpan(token * columns, columns), weights.Values.AsSpan(row * columns, columns));
            var expected = product + (kind == LinearOutput.Accumulate ? 5 : 0);
            Assert.Equal(expected, actual[i], (Math.Abs(expected) * (kind == LinearOutput.Element ? 4e-3 : 1e-6)) + (2e-6 * columns));
        }
    }

    [Theory]
    [InlineData(3, 16)]
    [InlineData(130, 400)]
    public void Widen_AnyWeights_AreTheirValuesRounded(int rows, int columns)
    {
        var weights = new Float8Weights(new Random(5), rows, columns, largest: 2);
        using var gpu = new EmulatedGpu();
        using var matrix = weights.ToDevice(gpu);
        using var widened = gpu.Allocate(ElementType.BFloat16, rows * columns);
        new Float8Kernels(gpu).Widen(matrix.Matrix, widened.Pointer, rows, columns);
        Assert.Equal(weights.Values.Select(BFloat16Bits.Round), gpu.ToHost(ElementType.BFloat16, widened, rows * columns));
    }
}
