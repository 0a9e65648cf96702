using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Blocks;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Weights;

public sealed class WeightLedgerTests
{
    [Theory]
    [InlineData(Quantization.Q8_0, "Q8_0")]
    [InlineData(Quantization.Q4, "Q4_0")]
    public void Read_Quantizing_GivesTheBlocksOfTheWholeAndNeverReadsItAtOnce(Quantization quantization, string expectedFormat)
    {
        const int rows = 5000;
        const int columns = 512;
        var values = RandomValues(rows * columns);
        var checkpoint = new MemoryCheckpoint().Add("w", "F32", values, rows, columns);
        var ledger = new WeightLedger(checkpoint, default, quantization);
        var source = ledger.Matrix("w", rows, columns);
        ledger.Close();
        var matrix = source.Read();
        var layout = WeightLayout.Find(expectedFormat)!;
        var expected = new byte[layout.RowBytes(columns) * rows];
        BlockEncoder.Encode(layout.Format, values, expected);
        Assert.Equal(layout.Format, matrix.Format);
        Assert.True(matrix.StoredRows(0, rows).SequenceEqual(expected));
        Assert.Equal(expected.Length, ledger.ByteCount);
        Assert.True(checkpoint.LargestRead <= 1 << 22, $"{checkpoint.LargestRead} bytes of {values.Length * 4} were read at once.");
    }

    [Fact]
    public void Read_QuantizingFloat8_TakesTheScalesOfEachGroup()
    {
        const int rows = 4500;
        const int columns = 320;
        var random = new Random(7);
        var codes = new byte[rows * columns];
        random.NextBytes(codes);
        for (var i = 0; i < codes.Length; i++)
        {
            codes[i] = (codes[i] & 0x7F) == 0x7F ? (byte)0 : codes[i];
        }

        var scales = Enumerable.Range(0, 36 * 3).Select(i => (i + 1) * 0.01f).ToArray();
        var checkpoint = new MemoryCheckpoint().Add("w", "F8_E4M3", codes, rows, columns).Add("w_scale_inv", "F32", scales, 36, 3);
        var widened = new float[rows * columns];
        WeightRows.CopyWidened(WeightMatrix.FromFloat8(rows, columns, codes, scales), 0, rows, widened);
        var expected = new byte[WeightLayout.Of(WeightFormat.Q4_0).RowBytes(columns) * rows];
        BlockEncoder.Encode(WeightFormat.Q4_0, widened, expected);

        var ledger = new WeightLedger(checkpoint, default, Quantization.Q4);
        var matrix = ledger.Matrix("w", rows, columns).Read();
        ledger.Close();
        Assert.True(matrix.StoredRows(0, rows).SequenceEqual(expected));
        Assert.Equal(rows * columns, ledger.ParameterCount);
    }

    [Theory]
    [InlineData("F32", Quantization.None, "F32")]
    [InlineData("BF16", Quantization.Q8_0, "Q8_0")]
    [InlineData("F8_E4M3", Quantization.Q8_0, "F8_E4M3")]
    [InlineData("Q8_0", Quantization.Q8_0, "Q8_0")]
    [InlineData("Q8_0", Quantization.Q4, "Q4_0")]
    [InlineData("Q6_K", Quantization.Q4, "Q4_0")]
    [InlineData("Q4_K", Quantization.Q4, "Q4_K")]
    [InlineData("IQ4_XS", Quantization.Q8_0, "IQ4_XS")]
    public void Read_Quantizing_NeverWidensWhatIsStored(string stored, Quantization quantization, string expected)
    {
        var layout = WeightLayout.Find(stored)!;
        var checkpoint = new MemoryCheckpoint().Add("w", stored, new byte[layout.RowBytes(256) * 2], 2, 256).Add("w_scale_inv", "F32", new float[2], 1, 2);
        Assert.Equal(WeightLayout.Find(expected)!.Format, new WeightLedger(checkpoint, default, quantization).Matrix("w", 2, 256).Read().Format);
    }

    [Fact]
    public void Read_ExactMatrixOrOddColumns_KeepTheirForm()
    {
        var checkpoint = new MemoryCheckpoint().Add("router", "F32", new float[64], 2, 32).Add("odd", "F32", new float[80], 2, 40);
        var ledger = new WeightLedger(checkpoint, default, Quantization.Q4);
        Assert.Equal(WeightFormat.Float32, ledger.ExactMatrix("router", 2, 32).Read().Format);
        Assert.Equal(WeightFormat.Float32, ledger.Matrix("odd", 2, 40).Read().Format);
    }

    [Fact]
    public void Read_ValueOfAnyGroupIsNotFinite_NamesTheTensor()
    {
        const int rows = 4096;
        var values = RandomValues(rows * 512);
        values[^1] = float.NaN;
        var ledger = new WeightLedger(new MemoryCheckpoint().Add("w", "F32", values, rows, 512), default, Quantization.Q4);
        var exception = Assert.Throws<WeightsFormatException>(() => ledger.Matrix("w", rows, 512).Read());
        Assert.Equal("w", exception.Tensor);
        Assert.Contains("NaN", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ScaleOfABlockIsNotFinite_NamesTheTensor()
    {
        foreach (var layout in Enum.GetValues<WeightFormat>().Select(WeightLayout.Of).Where(layout => layout.HasBlocks))
        {
            Assert.NotEmpty(layout.ScaleOffsets);
            foreach (var offset in layout.ScaleOffsets)
            {
                var bytes = new byte[layout.RowBytes(512)];
                (bytes[^(layout.BlockBytes - offset)], bytes[^(layout.BlockBytes - offset - 1)]) = (0, 0x7C);
                var ledger = new WeightLedger(new MemoryCheckpoint().Add("w", layout.Name, bytes, 1, 512), default);
                Assert.Equal("w", Assert.Throws<WeightsFormatException>(() => ledger.Matrix("w", 1, 512).Read()).Tensor);
            }
        }
    }

    [Fact]
    public void Matrix_Float8WithoutItsScales_NamesThem()
    {
        var ledger = new WeightLedger(new MemoryCheckpoint().Add("w", "F8_E4M3", new byte[300], 150, 2), default);
        ledger.Matrix("w", 150, 2);
        Assert.Equal(["missing: 'w_scale_inv' [2, 1]"], Assert.Throws<WeightsMismatchException>(ledger.Close).Errors);

        ledger = new WeightLedger(new MemoryCheckpoint().Add("w", "F8_E4M3", new byte[300], 150, 2).Add("w_scale_inv", "F32", new float[2], 1, 2), default);
        ledger.Matrix("w", 150, 2);
        Assert.Contains("wrong shape: 'w_scale_inv'", Assert.Throws<WeightsMismatchException>(ledger.Close).Errors[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x7F, 1f)]
    [InlineData(0xFF, 1f)]
    [InlineData(0x00, float.NaN)]
    [InlineData(0x00, float.PositiveInfinity)]
    public void Read_Float8ThatIsNotFinite_IsRefused(byte code, float scale)
    {
        var checkpoint = new MemoryCheckpoint().Add("w", "F8_E4M3", new byte[] { 0, 0, code, 0 }, 2, 2).Add("w_scale_inv", "F32", new[] { scale }, 1, 1);
        var exception = Assert.Throws<WeightsFormatException>(() => new WeightLedger(checkpoint, default).Matrix("w", 2, 2).Read());
        Assert.StartsWith("w", exception.Tensor, StringComparison.Ordinal);
    }

    [Fact]
    public void Vector_Float8OrOtherType_IsRefusedByName()
    {
        foreach (var type in new[] { "F8_E4M3", "I32" })
        {
            var ledger = new WeightLedger(new MemoryCheckpoint().Add("v", type, new byte[4], 4), default);
            Assert.Contains(type, Assert.Throws<WeightsFormatException>(() => ledger.Vector("v", 4)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Read_OneTensorAfterTheOther_ReportsProgressUpToOne()
    {
        var checkpoint = new MemoryCheckpoint().Add("a", "F32", new float[32], 1, 32).Add("b", "F32", new float[96], 3, 32).Add("n", "F32", new float[32], 32);
        List<double> reports = [];
        var ledger = new WeightLedger(checkpoint, default, Quantization.None, new Recorder(reports));
        WeightSource[] sources = [ledger.Matrix("a", 1, 32), ledger.Matrix("b", 3, 32)];
        ledger.Vector("n", 32);
        ledger.Close();
        foreach (var source in sources)
        {
            source.Read();
        }

        Assert.Equal([0.4, 1.0], reports);
    }

    [Fact]
    public void SkipAll_TensorsOfAPrefix_AreAccountedFor()
    {
        var checkpoint = new MemoryCheckpoint().Add("l.1.w", "F32", new float[1], 1).Add("l.11.w", "F32", new float[1], 1);
        var ledger = new WeightLedger(checkpoint, default);
        ledger.SkipAll("l.1.");
        Assert.Equal(["unexpected: 'l.11.w' [1]"], Assert.Throws<WeightsMismatchException>(ledger.Close).Errors);
    }

    private static float[] RandomValues(int count)
    {
        var random = new Random(3);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }

    private sealed class Recorder(List<double> reports) : IProgress<double>
    {
        public void Report(double value) => reports.Add(value);
    }
}
