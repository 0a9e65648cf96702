using FsCheck;
using FsCheck.Fluent;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.BFloat16Panels;
using Gateway.Engine.Kernels.Cpu.Panels;
using Gateway.Engine.Tests.Kernels.Cpu.MachineCode;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cpu.BFloat16Panels;

/// <summary>Every kernel against the definition in docs/adr/0035, bit for bit.</summary>
public sealed class BFloat16KernelTests
{
    private readonly Random _random = new(13);

    /// <summary>Of the sets that this processor has, one for each kernel for bfloat16.</summary>
    public static TheoryData<CpuKernels> Available =>
        [.. TestedKernels.Available.DistinctBy(kernels => CpuKernelSet.Choose(kernels, MatrixInputs.BF16).BFloat16!.Name)];

    [Theory]
    [MemberData(nameof(Available))]
    public void Multiply_RandomShapes_GiveTheBitsOfTheDefinition(CpuKernels kernels)
    {
        var kernel = CpuKernelSet.Choose(kernels, MatrixInputs.BF16).BFloat16!;
        var shapes =
            from rows in Gen.Choose(1, 150)
            from columns in Gen.Choose(1, 640)
            from tokens in Gen.Frequency((4, Gen.Choose(1, 9)), (2, Gen.Choose(10, 40)), (1, Gen.Choose(41, 110)))
            select (rows, columns, tokens);
        Prop.ForAll(shapes.ToArbitrary(), shape => Check(kernel, shape.rows, shape.columns, shape.tokens))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(40).WithReplay(19, 7));
    }

    /// <summary>The tiles' shapes, and numbers of all sizes: the interpreter flushes subnormal numbers, the definition does not.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    public void Avx512Code_Interpreted_GivesTheBitsOfTheDefinition(int tokens)
    {
        var kernel = new InterpretedBFloat16Kernel(
            BFloat16Order.Pairs, Avx512BFloat16Code.Write, Avx512BFloat16Code.MaxTokens, Avx512BFloat16Code.PanelsFor);
        Check(kernel, 250, 70, tokens);
        Check(kernel, 64, 32, tokens + 7);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(32)]
    public void AmxCode_Interpreted_GivesTheBitsOfTheDefinition(int tokens)
    {
        var kernel = new InterpretedBFloat16Kernel(BFloat16Order.Tiles, AmxBFloat16Code.Write, AmxBFloat16Code.MaxTokens, AmxBFloat16Code.PanelsFor);
        Check(kernel, 120, 70, tokens);
        Check(kernel, 33, 32, tokens + 30);
    }

    [Fact]
    public void Interpreted_SelfTest_IsPassed() =>
        BFloat16SelfTest.Run(new InterpretedBFloat16Kernel(BFloat16Order.Tiles, AmxBFloat16Code.Write, 3, AmxBFloat16Code.PanelsFor));

    /// <summary>Code that sums in another order than it says.</summary>
    [Fact]
    public void SelfTest_OtherOrder_IsNotPassed()
    {
        var kernel = new InterpretedBFloat16Kernel(BFloat16Order.Tiles, Avx512BFloat16Code.Write, 3, Avx512BFloat16Code.PanelsFor);
        Assert.Contains("self-test", Assert.Throws<CpuKernelException>(() => BFloat16SelfTest.Run(kernel)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Available))]
    public void Multiply_InputNotFinite_MakesItsOwnProductsNotFinite(CpuKernels kernels)
    {
        var kernel = CpuKernelSet.Choose(kernels, MatrixInputs.BF16).BFloat16!;
        foreach (var bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue })
        {
            float[][] vectors = [[.. Enumerable.Repeat(1f, 40)], [.. Enumerable.Repeat(1f, 40)]];
            vectors[1][33] = bad;
            var y = Product(kernel, Weights(16, 40), vectors);
            Assert.All(y[..16], value => Assert.True(float.IsFinite(value)));
            Assert.All(y[16..], value => Assert.False(float.IsFinite(value)));
        }
    }

    [Fact]
    public void CopyRow_AnyRow_IsTheStoredOneWithoutTheVerySmall()
    {
        var weights = Weights(19, 77);
        var matrix = CpuMatrix.Of(weights, new PortablePanelKernel(), new PortableBFloat16Kernel());
        Assert.IsType<BFloat16Matrix>(matrix);
        var row = new float[77];
        for (var i = 0; i < 19; i++)
        {
            matrix.CopyRow(i, row);
            Assert.Equal(Row(weights, i), row);
        }
    }

    private void Check(BFloat16Kernel kernel, int rows, int columns, int tokens)
    {
        var weights = Weights(rows, columns);
        float[][] vectors = [.. Enumerable.Range(0, tokens).Select(_ => Enumerable.Range(0, columns).Select(_ => Value()).ToArray())];
        var y = Product(kernel, weights, vectors);
        float[][] rounded = [.. vectors.Select(vector => vector.Select(Rounded).ToArray())];
        for (var row = 0; row < rows; row++)
        {
            var widened = Row(weights, row);
            for (var token = 0; token < tokens; token++)
            {
                Assert.Equal(BFloat16Reference.Product(kernel.Order, widened, rounded[token]), y[(token * rows) + row]);
            }
        }
    }

    private static float[] Product(BFloat16Kernel kernel, WeightMatrix weights, float[][] vectors)
    {
        var x = new BFloat16Rows(kernel.WidensInputs);
        x.Reserve(vectors.Length, weights.Columns);
        x.Begin(weights.Columns);
        for (var i = 0; i < vectors.Length; i++)
        {
            x.Set(i, 0, vectors[i]);
        }

        var y = new float[vectors.Length * weights.Rows];
        BFloat16Product.Multiply(kernel, BFloat16Matrix.Pack(weights, kernel), x, 0, vectors.Length, 0, weights.Rows, y, weights.Rows);
        return y;
    }

    /// <summary>Eight significant bits of a number, by arithmetic.</summary>
    private static float Rounded(float value)
    {
        var distance = Math.ScaleB(1, Math.ILogB((double)value) - 7);
        return value == 0 ? 0 : Flushed((float)(Math.Round(value / distance) * distance));
    }

    private static float Flushed(float value) => MathF.Abs(value) < MathF.ScaleB(1, -56) ? 0 : value;

    private static float[] Row(WeightMatrix weights, int row)
    {
        var widened = new float[weights.Columns];
        WeightRows.CopyWidened(weights, row, 1, widened);
        return Array.ConvertAll(widened, Flushed);
    }

    private WeightMatrix Weights(int rows, int columns) => WeightMatrix.FromHalf(
        rows, columns, WeightFormat.BFloat16, [.. Enumerable.Range(0, rows * columns).Select(_ => (ushort)(BitConverter.SingleToUInt32Bits(Value()) >> 16))]);

    /// <summary>Of ordinary size, but for some that are about as small as what counts as zero, and some subnormal ones.</summary>
    private float Value() => ((_random.NextSingle() * 2) - 1) * _random.Next(8) switch { 0 => 3e-17f, 1 => 1e-16f, 2 => 1e-39f, _ => 1 };
}
