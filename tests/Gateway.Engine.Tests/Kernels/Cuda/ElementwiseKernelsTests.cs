using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cuda;

public sealed class ElementwiseKernelsTests
{
    private const double ExactTolerance = 1e-6;
    private const double RoundedTolerance = 1.0 / 128;

    public static TheoryData<bool, int> TypesAndWidths => new()
    {
        { true, 1 }, { true, 7 }, { true, 64 }, { true, 2048 }, { true, 2050 },
        { false, 1 }, { false, 7 }, { false, 64 }, { false, 2048 }, { false, 2052 },
    };

    [Theory]
    [MemberData(nameof(TypesAndWidths))]
    public void Embed_AnyIds_TakesTheirRowsAndZerosOutside(bool isExact, int width)
    {
        var type = Type(isExact);
        using var gpu = new EmulatedGpu();
        var table = Stored(type, Numbers(5 * width));
        int[] ids = [3, 0, -1, 4, 5, 3];
        using var tableBuffer = gpu.ToDevice(type, table);
        using var idBuffer = gpu.ToDevice<int>(ids);
        using var hidden = gpu.Allocate(ElementType.Float32, ids.Length * width);
        new ElementwiseKernels(gpu, type).Embed(tableBuffer.Pointer, idBuffer.Pointer, hidden.Pointer, ids.Length, width, 5);
        Assert.Equal(
            ids.SelectMany(id => id is >= 0 and < 5 ? table[(id * width)..((id + 1) * width)] : new float[width]),
            gpu.ToHost<float>(hidden, ids.Length * width));
    }

    [Theory]
    [MemberData(nameof(TypesAndWidths))]
    public void RmsNorm_HiddenRows_MatchesTheDefinition(bool isExact, int width)
    {
        const int Rows = 3;
        var type = Type(isExact);
        using var gpu = new EmulatedGpu();
        var (x, weight) = (Numbers(Rows * width), Numbers(width));
        using var input = gpu.ToDevice<float>(x);
        using var weights = gpu.ToDevice<float>(weight);
        using var output = gpu.Allocate(type, Rows * width);
        new ElementwiseKernels(gpu, type).RmsNorm(input.Pointer, weights.Pointer, output.Pointer, Rows, width, 1e-6f);
        AssertClose(RmsNorm(x, weight, width), gpu.ToHost(type, output, Rows * width), type);
    }

    [Theory]
    [MemberData(nameof(TypesAndWidths))]
    public void RmsNormLatent_InPlaceAndStrided_ChangesTheRowsAlone(bool isExact, int width)
    {
        const int Rows = 3;
        var type = Type(isExact);
        var stride = width + 24;
        using var gpu = new EmulatedGpu();
        var (x, weight) = (Stored(type, Numbers(Rows * stride)), Numbers(width));
        using var buffer = gpu.ToDevice(type, x);
        using var weights = gpu.ToDevice<float>(weight);
        new ElementwiseKernels(gpu, type).RmsNormLatent(buffer.Pointer, weights.Pointer, buffer.Pointer, Rows, width, stride, stride, 1e-6f);
        var normed = gpu.ToHost(type, buffer, x.Length);
        for (var row = 0; row < Rows; row++)
        {
            var start = row * stride;
            AssertClose(RmsNorm(x[start..(start + width)], weight, width), normed[start..(start + width)], type);
            Assert.Equal(x[(start + width)..(start + stride)], normed[(start + width)..(start + stride)]);
        }
    }

    [Fact]
    public void RmsNorm_ZeroRow_GivesZeros()
    {
        using var gpu = new EmulatedGpu();
        using var input = gpu.ToDevice<float>(new float[64]);
        using var weights = gpu.ToDevice<float>(Numbers(64));
        using var output = gpu.Allocate(ElementType.BFloat16, 64);
        new ElementwiseKernels(gpu, ElementType.BFloat16).RmsNorm(input.Pointer, weights.Pointer, output.Pointer, 1, 64, 1e-6f);
        Assert.All(gpu.ToHost(ElementType.BFloat16, output, 64), value => Assert.Equal(0, value));
    }

    [Fact]
    public void RopeTables_PositionsUpToAMillion_AreCorrectOfTheRoundedAngle()
    {
        const float Multiplier = 1.25f;
        int[] positions = [0, 1, 17, 4095, 163_839, 999_999];
        float[] frequencies = [1f, 0.9f, 0.31830987f, 0.01f, 1e-5f];
        using var gpu = new EmulatedGpu();
        using var positionBuffer = gpu.ToDevice<int>(positions);
        using var frequencyBuffer = gpu.ToDevice<float>(frequencies);
        var count = positions.Length * frequencies.Length;
        using var cosines = gpu.Allocate(ElementType.Float32, count);
        using var sines = gpu.Allocate(ElementType.Float32, count);
        new ElementwiseKernels(gpu, ElementType.BFloat16).RopeTables(
            positionBuffer.Pointer, frequencyBuffer.Pointer, cosines.Pointer, sines.Pointer, positions.Length, frequencies.Length, Multiplier);
        var (cos, sin) = (gpu.ToHost<float>(cosines, count), gpu.ToHost<float>(sines, count));
        for (var i = 0; i < count; i++)
        {
            double angle = positions[i / frequencies.Length] * frequencies[i % frequencies.Length];
            Assert.Equal(Math.Cos(angle) * Multiplier, cos[i], 2e-7);
            Assert.Equal(Math.Sin(angle) * Multiplier, sin[i], 2e-7);
        }
    }

    [Theory]
    [MemberData(nameof(TypesAndWidths))]
    public void SiluMultiply_OneOrTwoMatrices_MatchesTheDefinition(bool isExact, int width)
    {
        const int Rows = 3;
        var type = Type(isExact);
        using var gpu = new EmulatedGpu();
        var x = Stored(type, [.. Numbers(Rows * 2 * width).Select(value => value * 20)]);
        var expected = new double[Rows * width];
        for (var i = 0; i < expected.Length; i++)
        {
            double gate = x[(i / width * 2 * width) + (i % width)];
            expected[i] = gate / (1 + Math.Exp(-gate)) * x[(i / width * 2 * width) + width + (i % width)];
        }

        using var input = gpu.ToDevice(type, x);
        using var output = gpu.Allocate(type, Rows * width);
        new ElementwiseKernels(gpu, type).SiluMultiply(input.Pointer, output.Pointer, Rows, width);
        AssertClose(expected, gpu.ToHost(type, output, Rows * width), type);
    }

    [Fact]
    public void SiluMultiply_MoreRowsThanAGridHas_AreAllDone()
    {
        const int Rows = 70_000;
        using var gpu = new EmulatedGpu();
        using var gate = gpu.ToDevice<float>([.. Enumerable.Repeat(100f, Rows)]);
        using var up = gpu.ToDevice<float>([.. Enumerable.Range(0, Rows)]);
        using var output = gpu.Allocate(ElementType.Float32, Rows);
        new ElementwiseKernels(gpu, ElementType.Float32).SiluMultiply(gate.Pointer, up.Pointer, output.Pointer, Rows, 1, 1);
        Assert.Equal(Enumerable.Range(0, Rows).Select(row => row * 100f), gpu.ToHost<float>(output, Rows));
    }

    [Theory]
    [MemberData(nameof(TypesAndWidths))]
    public void Add_AnyLength_AddsEveryElementOnce(bool isExact, int width)
    {
        var type = Type(isExact);
        using var gpu = new EmulatedGpu();
        var (hidden, x) = (Numbers(width), Stored(type, Numbers(width + 1)[1..]));
        using var hiddenBuffer = gpu.ToDevice<float>(hidden);
        using var input = gpu.ToDevice(type, x);
        new ElementwiseKernels(gpu, type).Add(hiddenBuffer.Pointer, input.Pointer, width);
        Assert.Equal(hidden.Zip(x, (a, b) => a + b), gpu.ToHost<float>(hiddenBuffer, width));
    }

    [Theory]
    [MemberData(nameof(TypesAndWidths))]
    public void AddBias_StridedRows_AddsToEachRow(bool isExact, int width)
    {
        const int Rows = 2;
        var type = Type(isExact);
        var stride = width + 3;
        using var gpu = new EmulatedGpu();
        var (y, bias) = (Stored(type, Numbers(Rows * stride)), Numbers(width));
        using var buffer = gpu.ToDevice(type, y);
        using var biasBuffer = gpu.ToDevice<float>(bias);
        new ElementwiseKernels(gpu, type).AddBias(buffer.Pointer, biasBuffer.Pointer, Rows, width, stride);
        var expected = y.Select((value, i) => i % stride < width ? value + bias[i % stride] : value).ToArray();
        Assert.Equal(Stored(type, expected), gpu.ToHost(type, buffer, y.Length));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(2048)]
    public void GatherHidden_AnyRows_TakesThemAndZerosForNone(int width)
    {
        using var gpu = new EmulatedGpu();
        var x = Numbers(4 * width);
        int[] rows = [2, -1, 0, 2, 3];
        using var hidden = gpu.ToDevice<float>(x);
        using var rowBuffer = gpu.ToDevice<int>(rows);
        using var output = gpu.Allocate(ElementType.Float32, rows.Length * width);
        new ElementwiseKernels(gpu, ElementType.BFloat16).GatherHidden(hidden.Pointer, rowBuffer.Pointer, output.Pointer, rows.Length, width);
        float[] expected = [.. rows.SelectMany(row => row >= 0 ? x[(row * width)..((row + 1) * width)] : new float[width])];
        Assert.Equal(expected, gpu.ToHost<float>(output, expected.Length));
    }

    private static ElementType Type(bool isExact) => isExact ? ElementType.Float32 : ElementType.BFloat16;

    private static float[] Stored(ElementType type, float[] values)
        => type == ElementType.Float32 ? values : [.. values.Select(BFloat16Bits.Round)];

    private static float[] Numbers(int count)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }

    private static double[] RmsNorm(float[] x, float[] weight, int width)
    {
        var y = new double[x.Length];
        for (var i = 0; i < x.Length; i++)
        {
            var row = x.AsSpan(i / width * width, width);
            var squares = 0d;
            foreach (var value in row)
            {
                squares += (double)value * value;
            }

            y[i] = x[i] / Math.Sqrt((squares / width) + 1e-6) * weight[i % width];
        }

        return y;
    }

    private static void AssertClose(double[] expected, float[] actual, ElementType type)
    {
        var tolerance = type == ElementType.Float32 ? ExactTolerance : RoundedTolerance;
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Math.Abs(expected[i] - actual[i]) <= tolerance * Math.Max(Math.Abs(expected[i]), 1e-3), $"{i}: {actual[i]} instead of {expected[i]}");
        }
    }
}
