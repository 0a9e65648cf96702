using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Panels;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cpu;

public sealed class RowMatrixTests
{
    private readonly Random _random = new(7);

    [Theory]
    [InlineData(WeightFormat.Float16)]
    [InlineData(WeightFormat.BFloat16)]
    internal void Multiply_SixteenBitWeights_GivesTheBitsOfTheirWidenedForm(WeightFormat format)
    {
        const int Rows = 10;
        const int Columns = 37;
        var bits = Enumerable.Range(0, Rows * Columns).Select(_ => Narrow((_random.NextSingle() * 2) - 1, format)).ToArray();
        var widened = bits.Select(value => Widen(value, format)).ToArray();
        var x = Random(3 * Columns);
        var narrow = Product(WeightMatrix.FromHalf(Rows, Columns, format, bits), x, 0, 3, 0, Rows);
        Assert.Equal(Product(WeightMatrix.FromSingle(Rows, Columns, widened), x, 0, 3, 0, Rows), narrow);
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
        inputs.Take(team, x, x.Length / weights.Columns, weights.Columns, quantize: false);
        var y = new float[count * (to - from)];
        new RowMatrix(weights).Multiply(inputs, first, count, from, to, y, to - from);
        return y;
    }

    private static ushort Narrow(float value, WeightFormat format) => format == WeightFormat.Float16
        ? BitConverter.HalfToUInt16Bits((Half)value)
        : (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);

    private static float Widen(ushort bits, WeightFormat format) => format == WeightFormat.Float16
        ? (float)BitConverter.UInt16BitsToHalf(bits)
        : BitConverter.UInt32BitsToSingle((uint)bits << 16);

    private float[] Random(int count) => [.. Enumerable.Range(0, count).Select(_ => (_random.NextSingle() * 2) - 1)];
}
