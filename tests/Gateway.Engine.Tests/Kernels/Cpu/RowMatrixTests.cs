using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Panels;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cpu;

public sealed class RowMatrixTests
{
    private readonly Random _random = new(7);

    public static TheoryData<int, int, int> Shapes =>
        new(from shape in new[] { (10, 37), (1, 16), (37, 15), (128, 144), (133, 300), (9, 2090) }
            from vectors in new[] { 1, 2, 3, 4, 5, 7, 100 }
            select (shape.Item1, shape.Item2, vectors));

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Multiply_AnyFormAndNumberOfVectors_GivesTheBitsOfTheirWidenedForm(int rows, int columns, int vectors)
    {
        var x = Random(vectors * columns);
        foreach (var weights in Matrices(rows, columns))
        {
            var widened = new float[rows * columns];
            WeightRows.CopyWidened(weights, 0, rows, widened);
            var expected = new float[vectors * rows];
            DotProducts.Multiply(widened, rows, columns, x, columns, vectors, expected, rows);
            Assert.Equal(Bits(expected), Bits(Product(weights, x, 0, vectors, 0, rows)));
        }
    }

    /// <summary>Scales that make weights of codes in one multiplication would be infinite.</summary>
    [Fact]
    public void Multiply_Float8WithHugeScales_GivesTheBitsOfItsWidenedForm()
    {
        var weights = WeightMatrix.FromFloat8(1, 32, [.. Enumerable.Repeat((byte)0x01, 32)], [Float8Form.ScaleLimit * 8]);
        Assert.False(StreamedRows.CanMultiply(weights));
        Assert.Equal([64f], Product(weights, [.. Enumerable.Repeat(1f, 32)], 0, 1, 0, 1));
    }

    [Fact]
    public void Multiply_RowsInTheMiddleOfFloat8Squares_UseTheirScales()
    {
        const int Rows = 300;
        const int Columns = 200;
        var weights = Matrices(Rows, Columns).Last();
        var x = Random(2 * Columns);
        var all = Product(weights, x, 0, 2, 0, Rows);
        var some = Product(weights, x, 1, 1, 96, 288);
        Assert.Equal(all[(Rows + 96)..(Rows + 288)], some);
    }

    [Fact]
    public void Multiply_SomeRowsOfSomeVectors_GivesTheBitsOfAllOfThem()
    {
        const int Rows = 77;
        const int Columns = 96;
        const int Vectors = 9;
        var weights = WeightMatrix.FromSingle(Rows, Columns, Random(Rows * Columns));
        var x = Random(Vectors * Columns);
        var all = Product(weights, x, 0, Vectors, 0, Rows);
        var some = Product(weights, x, 4, 3, 32, Rows);
        for (var i = 0; i < some.Length; i++)
        {
            Assert.Equal(all[((4 + (i / 45)) * Rows) + 32 + (i % 45)], some[i]);
        }
    }

    [Fact]
    public void Of_FormatWithoutPanels_KeepsRows()
    {
        Assert.IsType<RowMatrix>(CpuMatrix.Of(WeightMatrix.FromSingle(1, 1, [1]), new PortablePanelKernel()));
        Assert.IsType<RowMatrix>(CpuMatrix.Of(WeightMatrix.FromBlocks(1, 256, WeightFormat.Q2_K, new byte[84]), new PortablePanelKernel()));
    }

    private static float[] Product(WeightMatrix weights, float[] x, int first, int count, int from, int to)
    {
        using var team = new CpuTeam(1);
        var inputs = new CpuInputs(new PortablePanelKernel());
        inputs.Take(team, x, x.Length / weights.Columns, weights.Columns, InputForms.Float32);
        var y = new float[count * (to - from)];
        new RowMatrix(weights).Multiply(inputs, first, count, from, to, y, to - from);
        return y;
    }

    /// <summary>A matrix of each form that is widened in registers: numbers below 2 of all sizes, and subnormal ones.</summary>
    private IEnumerable<WeightMatrix> Matrices(int rows, int columns)
    {
        yield return WeightMatrix.FromSingle(rows, columns, Random(rows * columns));
        foreach (var (format, exponent) in new[] { (WeightFormat.Float16, 0x7C00), (WeightFormat.BFloat16, 0x7F80) })
        {
            ushort[] bits = [.. Enumerable.Range(0, rows * columns).Select(i => (ushort)(_random.Next(0x10000) & (i % 3 == 0 ? ~exponent : ~0x4000)))];
            yield return WeightMatrix.FromHalf(rows, columns, format, bits);
        }

        var squares = (rows + 127) / 128 * WeightMatrix.ScalesPerRow(columns);
        yield return WeightMatrix.FromFloat8(
            rows, columns, [.. Enumerable.Range(0, rows * columns).Select(_ => Code())], [.. Random(squares).Select(value => value * 1e-3f)]);

        byte Code()
        {
            var code = (byte)_random.Next(256);
            return (code & 0x7F) == 0x7F ? (byte)0 : code;
        }
    }

    private static int[] Bits(float[] values) => Array.ConvertAll(values, BitConverter.SingleToInt32Bits);

    private float[] Random(int count) => [.. Enumerable.Range(0, count).Select(_ => (_random.NextSingle() * 2) - 1)];
}
