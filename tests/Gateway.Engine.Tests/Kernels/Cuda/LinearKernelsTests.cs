using Gateway.Engine.Kernels.Cuda;
using Gateway.Engine.Tests.Kernels.Cuda.Emulation;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cuda;

public sealed class LinearKernelsTests
{
    private const float Epsilon = 1e-5f;

    [Theory]
    [InlineData(false, 1, 33, 70, nameof(LinearOutput.Element), false, true)]
    [InlineData(false, 5, 16, 128, nameof(LinearOutput.Accumulate), true, false)]
    [InlineData(false, 8, 9, 61, nameof(LinearOutput.Float32), true, true)]
    [InlineData(true, 1, 48, 576, nameof(LinearOutput.Element), false, true)]
    [InlineData(true, 3, 40, 2056, nameof(LinearOutput.Accumulate), true, false)]
    [InlineData(true, 8, 100, 136, nameof(LinearOutput.Float32), true, true)]
    [InlineData(true, 8, 7, 64, nameof(LinearOutput.Float32), false, false)]
    [InlineData(true, 2, 21, 8, nameof(LinearOutput.Element), true, false)]
    [InlineData(true, 2, 21, 45, nameof(LinearOutput.Element), true, true)] // no multiple of 8: the simple kernel
    public void Multiply_FewTokens_IsTheProduct(bool isHalf, int tokens, int rows, int columns, string kindName, bool hasNorm, bool hasBias) =>
        AssertProduct(
            new Data(isHalf ? ElementType.BFloat16 : ElementType.Float32, tokens, rows, columns, hasNorm), Enum.Parse<LinearOutput>(kindName), hasBias,
            ahead: tokens == 1 ? 4 : 2);

    [Theory]
    [InlineData(1, 48, 576, nameof(LinearOutput.Element), false, true, 4)]
    [InlineData(1, 33, 16, nameof(LinearOutput.Float32), true, false, 4)]
    [InlineData(2, 21, 112, nameof(LinearOutput.Element), true, true, 4)]
    [InlineData(3, 40, 2064, nameof(LinearOutput.Accumulate), true, false, 2)] // more columns than a block reads ahead
    [InlineData(4, 19, 4112, nameof(LinearOutput.Accumulate), false, false, 4)]
    [InlineData(5, 7, 144, nameof(LinearOutput.Float32), false, false, 4)]
    [InlineData(6, 64, 256, nameof(LinearOutput.Element), true, false, 4)]
    [InlineData(7, 31, 2192, nameof(LinearOutput.Float32), true, true, 4)]
    [InlineData(8, 100, 272, nameof(LinearOutput.Float32), true, true, 2)]
    public void Multiply_Float8Weights_IsTheProduct(int tokens, int rows, int columns, string kindName, bool hasNorm, bool hasBias, int ahead) =>
        AssertProduct(new Data(ElementType.BFloat16, tokens, rows, columns, hasNorm, isFloat8: true), Enum.Parse<LinearOutput>(kindName), hasBias, ahead);

    [Theory]
    [InlineData(true, 4, 14336, true)] // 115 KB
    [InlineData(true, 8, 14336, false)] // 230 KB, of 227 that there are
    [InlineData(true, 8, 14337, true)] // the simple kernel keeps no tokens
    [InlineData(false, 8, 14336, true)]
    public void CanTakeNorm_WideTokens_IsWhetherTheyFitIntoSharedMemory(bool isHalf, int tokens, int columns, bool expected)
    {
        using var gpu = new EmulatedGpu();
        Assert.Equal(expected, new LinearKernels(gpu, isHalf ? ElementType.BFloat16 : ElementType.Float32).CanTakeNorm(tokens, columns));
    }

    private static void AssertProduct(Data data, LinearOutput kind, bool hasBias, int ahead)
    {
        var (type, tokens, rows, columns, hasNorm) = (data.Type, data.Tokens, data.Rows, data.Columns, data.HasNorm);
        using var gpu = new EmulatedGpu();
        var kernels = new LinearKernels(gpu, type) { ChunksAhead = ahead };
        kernels.PrepareFloat8();
        var bias = data.Numbers(rows);
        using var values = gpu.ToDevice(hasNorm ? ElementType.Float32 : type, data.Input);
        using var norm = gpu.ToDevice<float>(data.Norm);
        using var weights = data.ToDevice(gpu);
        using var biasBuffer = gpu.ToDevice(type, bias);
        using var output = kind == LinearOutput.Element
            ? gpu.Allocate(type, tokens * rows)
            : gpu.ToDevice<float>([.. Enumerable.Repeat(kind == LinearOutput.Accumulate ? 5f : float.NaN, tokens * rows)]);
        kernels.Multiply(
            new FewTokensInput(values.Pointer, hasNorm ? norm.Pointer : default, Epsilon), weights.Matrix, hasBias ? biasBuffer.Pointer : default,
            output.Pointer, kind, tokens, rows, columns);
        var actual = gpu.ToHost(kind == LinearOutput.Element ? type : ElementType.Float32, output, tokens * rows);
        for (var i = 0; i < actual.Length; i++)
        {
            var expected = data.Dot(i / rows, i % rows) + (hasBias ? bias[i % rows] : 0) + (kind == LinearOutput.Accumulate ? 5 : 0);
            Assert.Equal(expected, actual[i], data.Tolerance(type == ElementType.BFloat16 && kind == LinearOutput.Element));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Multiply_MoreRowsThanBlocks_DoesThemInTurn(bool isFloat8)
    {
        // 132 blocks of 16 rows, so that some do a second group and some do not.
        const int Rows = (140 * 16) + 3;
        const int Columns = 64;
        using var gpu = new EmulatedGpu();
        var kernels = new LinearKernels(gpu, ElementType.BFloat16) { BlocksPerMultiprocessor = 1 };
        kernels.PrepareFloat8();
        var data = new Data(ElementType.BFloat16, 2, Rows, Columns, hasNorm: true, isFloat8);
        using var values = gpu.ToDevice<float>(data.Input);
        using var norm = gpu.ToDevice<float>(data.Norm);
        using var weights = data.ToDevice(gpu);
        using var output = gpu.Allocate(ElementType.Float32, 2 * Rows);
        kernels.Multiply(
            new FewTokensInput(values.Pointer, norm.Pointer, Epsilon), weights.Matrix, default, output.Pointer, LinearOutput.Float32, 2, Rows, Columns);
        var actual = gpu.ToHost<float>(output, 2 * Rows);
        for (var i = 0; i < actual.Length; i++)
        {
            Assert.Equal(data.Dot(i / Rows, i % Rows), actual[i], data.Tolerance(isRounded: false));
        }
    }

    [Theory]
    [InlineData(false, 3, 20, 70, true)]
    [InlineData(true, 1, 48, 128, false)]
    [InlineData(true, 8, 90, 136, true)]
    [InlineData(true, 2, 10, 45, true)] // no multiple of 8: the simple kernel
    public void GateUp_FewTokens_IsSiluOfGateTimesUp(bool isHalf, int tokens, int innerSize, int columns, bool hasNorm) =>
        AssertGateUp(new Data(isHalf ? ElementType.BFloat16 : ElementType.Float32, tokens, 2 * innerSize, columns, hasNorm));

    [Theory]
    [InlineData(1, 48, 128, false)]
    [InlineData(4, 13, 2320, true)]
    [InlineData(8, 90, 144, true)]
    public void GateUp_Float8Weights_IsSiluOfGateTimesUp(int tokens, int innerSize, int columns, bool hasNorm) =>
        AssertGateUp(new Data(ElementType.BFloat16, tokens, 2 * innerSize, columns, hasNorm, isFloat8: true));

    private static void AssertGateUp(Data data)
    {
        var (type, tokens, innerSize, columns, hasNorm) = (data.Type, data.Tokens, data.Rows / 2, data.Columns, data.HasNorm);
        var isHalf = type == ElementType.BFloat16;
        using var gpu = new EmulatedGpu();
        var kernels = new LinearKernels(gpu, type) { ChunksAhead = tokens == 1 ? 2 : 4 };
        kernels.PrepareFloat8();
        using var values = gpu.ToDevice(hasNorm ? ElementType.Float32 : type, data.Input);
        using var norm = gpu.ToDevice<float>(data.Norm);
        using var weights = data.ToDevice(gpu);
        using var inner = gpu.Allocate(type, tokens * innerSize);
        kernels.GateUp(
            new FewTokensInput(values.Pointer, hasNorm ? norm.Pointer : default, Epsilon), weights.Matrix, inner.Pointer, tokens, innerSize, columns);
        var actual = gpu.ToHost(type, inner, tokens * innerSize);
        for (var i = 0; i < actual.Length; i++)
        {
            var (gate, up) = (data.Dot(i / innerSize, i % innerSize), data.Dot(i / innerSize, innerSize + (i % innerSize)));
            var expected = gate / (1 + Math.Exp(-gate)) * up;
            Assert.Equal(expected, actual[i], (Math.Abs(expected) * (isHalf ? 4e-3 : 1e-5)) + (data.Tolerance(isRounded: false) * (2 + Math.Abs(gate) + Math.Abs(up))));
        }
    }

    /// <summary>Random inputs and weights as the device stores them.</summary>
    private sealed class Data
    {
        private readonly Random _random;
        private readonly double[][] _x;
        private readonly Float8Weights? _float8;

        public Data(ElementType type, int tokens, int rows, int columns, bool hasNorm, bool isFloat8 = false)
        {
            (Type, Tokens, Rows, Columns, HasNorm) = (type, tokens, rows, columns, hasNorm);
            _random = new Random((tokens * 1000) + columns);
            Input = Numbers(tokens * columns);
            Norm = Numbers(columns);
            _float8 = isFloat8 ? new Float8Weights(_random, rows, columns, largest: 2) : null;
            Weights = _float8?.Values ?? Numbers(rows * columns);
            _x = [.. Input.Chunk(columns).Select(row => hasNorm ? Normed(row) : [.. row.Select(value => (double)value)])];
        }

        public ElementType Type { get; }

        public int Tokens { get; }

        public int Rows { get; }

        public int Columns { get; }

        public bool HasNorm { get; }

        public float[] Input { get; }

        public float[] Norm { get; }

        public float[] Weights { get; }

        public DeviceWeights ToDevice(IGpu gpu) => _float8?.ToDevice(gpu) ?? DeviceWeights.Of(gpu, Type, Weights);

        public float[] Numbers(int count) =>
            [.. Enumerable.Range(0, count).Select(_ => (float)Rounded((_random.NextDouble() * 2) - 1))];

        public double Dot(int token, int row)
        {
            var sum = 0.0;
            for (var i = 0; i < Columns; i++)
            {
                sum += _x[token][i] * Weights[(row * Columns) + i];
            }

            return sum;
        }

        /// <summary>float32 sums of so many terms; a normed value may fall on the other side of a rounding; the result's own rounding.</summary>
        public double Tolerance(bool isRounded) =>
            Type == ElementType.Float32 ? 1e-6 * Math.Sqrt(Columns) : (isRounded ? 4e-3 * Math.Sqrt(Columns) : 0) + 2e-5 + (4e-3 * 3);

        private double[] Normed(float[] row)
        {
            var inverse = 1 / Math.Sqrt(row.Average(value => (double)value * value) + Epsilon);
            return [.. row.Select((value, i) => Rounded(value * inverse * Norm[i]))];
        }

        private double Rounded(double value) => Type == ElementType.Float32 ? (float)value : BFloat16Bits.Round((float)value);
    }
}
