using System.Runtime.Intrinsics;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Engine.Kernels.Cpu;
using Gateway.Engine.Kernels.Cpu.Blocks;
using Gateway.Engine.Kernels.Cpu.Panels;
using Gateway.Engine.Tests.Kernels.Cpu.MachineCode;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cpu.Panels;

/// <summary>Every kernel against the definition in docs/adr/0026, bit for bit.</summary>
public sealed class PanelKernelTests
{
    private readonly Random _random = new(11);

    public static TheoryData<string> Sets => [.. TestedKernels.Names];

    [Fact]
    public void Available_OnX64_IsMoreThanThePortableSet() =>
        Assert.True(TestedKernels.Available.Count > 1 || !System.Runtime.Intrinsics.X86.Avx2.IsSupported);

    [Fact]
    public void Add_ExtremeBytes_AreMultipliedExactly()
    {
        var sums = EmulatedByteDotProduct.Add(Vector256.Create(-7), Vector256.Create(0xFF02FF01u).AsByte(), Vector256.Create(0x7F80FF80u).AsSByte());
        Assert.Equal(Vector256.Create(-7 + (1 * -128) + (255 * -1) + (2 * -128) + (255 * 127)), sums);
    }

    [Fact]
    public void SelfTest_KernelThatSaturates_IsRefused()
    {
        var exception = Assert.Throws<CpuKernelException>(() => PanelSelfTest.Run(new AvxVnniPanelKernel<SaturatingDotProduct>()));
        Assert.Contains("other bits", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Multiply_RandomShapes_GiveTheBitsOfTheDefinition(string kernels)
    {
        var kernel = TestedKernels.Set(kernels).Panels;
        var shapes =
            from rows in Gen.Choose(1, 150)
            from share in Gen.Choose(1, 20)
            from tokens in Gen.Frequency((4, Gen.Choose(1, 9)), (2, Gen.Choose(10, 40)), (1, Gen.Choose(41, 110)))
            from format in Gen.Elements<WeightFormat>(PanelFormat.Supported)
            select (rows, columns: Columns(format, share), tokens, format);
        Prop.ForAll(shapes.ToArbitrary(), shape => Check(kernel, shape.format, shape.rows, shape.columns, shape.tokens))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(120).WithReplay(19, 7));
    }

    /// <summary>Tiles of six tokens and one of two, which would stream if it were alone; and as many tokens as are two groups.</summary>
    [Theory]
    [MemberData(nameof(Sets))]
    public void Multiply_LastTileOfFewTokens_GivesTheBitsOfTheDefinition(string kernels)
    {
        foreach (var format in PanelFormat.Supported)
        {
            Check(TestedKernels.Set(kernels).Panels, format, 33, Columns(format, 16), 26);
            Check(TestedKernels.Set(kernels).Panels, format, 16, Columns(format, 5), 98);
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Multiply_ZerosAndTinyAndHugeValues_GiveTheBitsOfTheDefinition(string kernels)
    {
        var kernel = TestedKernels.Set(kernels).Panels;
        var inputs = new[] { 0f, -0f, float.Epsilon, 1e-40f, 1e-31f, 1e-29f, 1f, -3.4e38f, 1e20f };
        float[][] vectors = [.. inputs.Select(value => Enumerable.Range(0, 96).Select(i => i % 5 == 0 ? value : i < 32 ? 0 : value / (i + 1)).ToArray())];
        Check(kernel, Encoded(WeightFormat.Q8_0, 40, 96, [.. Enumerable.Range(0, 40 * 96).Select(i => i / 96 == 3 ? 0 : Value() * 1e-7f)]), vectors);
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Multiply_LargestCodesEverywhere_DoesNotOverflow(string kernels)
    {
        var kernel = TestedKernels.Set(kernels).Panels;
        foreach (var format in PanelFormat.Supported)
        {
            foreach (var (bits, input) in new[] { (0x80, 1f), (0x7F, 1f), (0x00, 1f), (0xFF, 1f), (0x80, -1f), (0x7F, -1f), (0x00, -1f), (0xFF, -1f) })
            {
                var layout = WeightLayout.Of(format);
                var columns = Math.Max(layout.BlockSize, 64);
                var blocks = new byte[16 * layout.RowBytes(columns)];
                Array.Fill(blocks, (byte)bits);
                SetScales(layout, blocks, () => 1);
                float[][] vectors = [.. Enumerable.Range(0, 17).Select(_ => Enumerable.Repeat(input, columns).ToArray())];
                Check(kernel, WeightMatrix.FromBlocks(16, columns, format, blocks), vectors);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Multiply_InputNotFinite_MakesItsOwnProductsNaN(string kernels)
    {
        var kernel = TestedKernels.Set(kernels).Panels;
        foreach (var bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            var vectors = new[] { Values(64), Values(64) };
            vectors[1][40] = bad;
            var y = Product(kernel, Encoded(WeightFormat.Q8_0, 16, 64), vectors);
            Assert.All(y[..16], value => Assert.True(float.IsFinite(value)));
            Assert.All(y[16..], value => Assert.True(float.IsNaN(value)));
        }
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    [InlineData(2, 5)]
    [InlineData(2, 16)]
    public void AmxCode_Interpreted_GivesTheBitsOfTheDefinition(int panels, int tokens)
    {
        var kernel = new InterpretedKernel(AmxCode.Write, AmxCode.MaxTokens, _ => AmxCode.MaxPanels);
        foreach (var format in PanelFormat.Supported)
        {
            Check(kernel, format, (panels * 16) - (int)format % 4, Columns(format, 3), tokens);
        }
    }

    /// <summary>What the interpreter makes of code that most processors can run, so that it is trusted with the code that they cannot.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(6)]
    public void VnniCode_Interpreted_GivesTheBitsOfTheDefinition(int tokens)
    {
        var kernel = new InterpretedKernel(VnniCode.Write, VnniCode.MaxTokens, VnniCode.PanelsFor);
        foreach (var format in PanelFormat.Supported)
        {
            Check(kernel, format, 100, Columns(format, 3), tokens);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void VnniStreamCode_Interpreted_GivesTheBitsOfTheDefinition(int tokens)
    {
        var kernel = new InterpretedKernel(VnniCode.Write, VnniStreamCode.MaxTokens, VnniStreamCode.PanelsFor, VnniStreamCode.Write);
        foreach (var format in PanelFormat.Supported)
        {
            Check(kernel, format, 250, Columns(format, 3), tokens);
        }
    }

    /// <summary>An answer is as good with weights of any format as their values are: within what inputs of 16 bits lose.</summary>
    [Fact]
    public void Multiply_EveryFormat_IsCloseToTheProductOfTheDecodedValues()
    {
        foreach (var format in PanelFormat.Supported)
        {
            var columns = Columns(format, 20);
            var (weights, vector, row) = (Encoded(format, 20, columns), Values(columns), new float[columns]);
            var y = Product(new PortablePanelKernel(), weights, [vector]);
            for (var i = 0; i < 20; i++)
            {
                BlockDecoder.Decode(format, weights.StoredRows(i, 1), row);
                var (exact, size) = (0.0, 0.0);
                for (var column = 0; column < columns; column++)
                {
                    exact += (double)row[column] * vector[column];
                    size += Math.Abs((double)row[column] * vector[column]);
                }

                Assert.True(Math.Abs(exact - y[i]) <= 2e-5 * size, $"{format}: {y[i]} instead of {exact}");
            }
        }
    }

    [Fact]
    public void CopyRow_AnyRowOfEveryFormat_IsWhatTheDecoderGives()
    {
        foreach (var format in PanelFormat.Supported)
        {
            var columns = Columns(format, 5);
            var weights = Encoded(format, 19, columns);
            var matrix = CpuMatrix.Of(weights, new PortablePanelKernel());
            Assert.IsType<PanelMatrix>(matrix);
            var (expected, row) = (new float[columns], new float[columns]);
            for (var i = 0; i < 19; i++)
            {
                BlockDecoder.Decode(format, weights.StoredRows(i, 1), expected);
                matrix.CopyRow(i, row);
                Assert.Equal(expected, row);
            }
        }
    }

    [Fact]
    public void All_FormatsAndCodes_LieAtTheirIndex()
    {
        Assert.Equal(Enumerable.Range(0, PanelFormat.All.Count), PanelFormat.All.Select(format => format.Index));
        Assert.Equal(Enumerable.Range(0, PanelCodes.All.Count), PanelCodes.All.Select(codes => codes.Index));
    }

    [Fact]
    public void UnitBytes_OfEveryFormat_AreHardlyMoreThanTheFileHas()
    {
        foreach (var format in PanelFormat.Supported)
        {
            var panels = PanelFormat.Of(format)!;
            var stored = PanelLayout.Rows * WeightLayout.Of(format).RowBytes(panels.UnitColumns);
            Assert.InRange(panels.UnitBytes, stored, stored * 1.03);
            Assert.Equal(0, panels.UnitBytes % 64);
        }
    }

    private void Check(PanelKernel kernel, WeightFormat format, int rows, int columns, int tokens) =>
        Check(kernel, Encoded(format, rows, columns), [.. Enumerable.Range(0, tokens).Select(_ => Values(columns))]);

    private static void Check(PanelKernel kernel, WeightMatrix weights, float[][] vectors)
    {
        var y = Product(kernel, weights, vectors);
        for (var vector = 0; vector < vectors.Length; vector++)
        {
            for (var row = 0; row < weights.Rows; row++)
            {
                Assert.Equal(Defined(weights, row, vectors[vector]), y[(vector * weights.Rows) + row]);
            }
        }
    }

    private static float[] Product(PanelKernel kernel, WeightMatrix weights, float[][] vectors)
    {
        var x = new QuantizedRows(kernel.SplitsInputs);
        x.Reserve(vectors.Length, weights.Columns);
        x.Begin(weights.Columns);
        for (var i = 0; i < vectors.Length; i++)
        {
            x.Set(i, 0, vectors[i]);
        }

        var y = new float[vectors.Length * weights.Rows];
        var matrix = PanelMatrix.Pack(weights, PanelFormat.Of(weights.Format)!, kernel);
        PanelProduct.Multiply(kernel, matrix, x, 0, vectors.Length, 0, weights.Rows, y, weights.Rows);
        return y;
    }

    private static float Defined(WeightMatrix weights, int row, float[] input)
    {
        var parts = Parts(weights.Format, weights.StoredRows(row, 1));
        var result = 0f;
        for (var block = 0; block < input.Length / 32; block++)
        {
            var values = input.AsSpan(block * 32, 32);
            var largest = 0f;
            foreach (var value in values)
            {
                largest = MathF.Max(largest, MathF.Abs(value));
            }

            var inverse = largest >= 1e-30f ? 32639 / largest : 0;
            var scale = inverse == 0 ? 0 : largest / 32639;
            int[] codes = [.. values.ToArray().Select(value => (int)MathF.Round(value * inverse))];
            foreach (var part in parts.Where(part => part.First / 32 == block))
            {
                var (products, sum) = (0, 0);
                for (var i = 0; i < part.Codes.Length; i++)
                {
                    products += part.Codes[i] * codes[(part.First % 32) + i];
                    sum += codes[(part.First % 32) + i];
                }

                result = MathF.FusedMultiplyAdd(products * scale, part.Scale, result);
                result = part.Minimum is { } minimum ? MathF.FusedMultiplyAdd(-(sum * scale), minimum, result) : result;
            }
        }

        return result;
    }

    /// <summary>The weights of a row as whole numbers with a scale, and a minimum that comes off: what an integer sum goes over.</summary>
    private static List<(int First, int[] Codes, float Scale, float? Minimum)> Parts(WeightFormat format, ReadOnlySpan<byte> row)
    {
        List<(int, int[], float, float?)> parts = [];
        var layout = WeightLayout.Of(format);
        for (var index = 0; index < row.Length / layout.BlockBytes; index++)
        {
            var (first, stored) = (index * layout.BlockSize, row.Slice(index * layout.BlockBytes, layout.BlockBytes).ToArray());
            switch (format)
            {
                case WeightFormat.Q8_0:
                    parts.Add((first, [.. stored[2..].Select(code => (int)(sbyte)code)], (float)BitConverter.ToHalf(stored), null));
                    break;
                case WeightFormat.Q4_0:
                    parts.Add((first, [.. Nibbles(stored[2..]).Select(code => code - 8)], (float)BitConverter.ToHalf(stored), null));
                    break;
                case WeightFormat.Q5_0:
                    var fifth = BitConverter.ToUInt32(stored, 2);
                    int[] codes = [.. Nibbles(stored[6..]).Select((code, i) => code + (16 * (int)((fifth >> i) & 1)) - 16)];
                    parts.Add((first, codes, (float)BitConverter.ToHalf(stored), null));
                    break;
                default:
                    var block = new SuperBlockParts(format, stored, new byte[256], new sbyte[16], new byte[8]);
                    var (size, offset) = format == WeightFormat.Q6_K ? (16, 32) : (32, 0);
                    for (var i = 0; i < 256; i += size)
                    {
                        int[] numbers = [.. block.Numbers.Slice(i, size).ToArray().Select(number => number - offset)];
                        float? minimum = offset == 0 ? (float)BitConverter.UInt16BitsToHalf(block.MinimumScale) * block.Minima[i / size] : null;
                        parts.Add((first + i, numbers, (float)BitConverter.UInt16BitsToHalf(block.Scale) * block.Scales[i / size], minimum));
                    }

                    break;
            }
        }

        return parts;
    }

    private static IEnumerable<int> Nibbles(byte[] pairs) => pairs.Select(pair => pair & 0xF).Concat(pairs.Select(pair => pair >> 4));

    /// <summary>A number of columns that the format's blocks divide: more with a larger share.</summary>
    private static int Columns(WeightFormat format, int share) =>
        WeightLayout.Of(format).BlockSize is var size && size == 32 ? share * size : (share + 4) / 5 * size;

    private static WeightMatrix Encoded(WeightFormat format, int rows, int columns, float[] values)
    {
        var blocks = new byte[rows * WeightLayout.Of(format).RowBytes(columns)];
        BlockEncoder.Encode(format, values, blocks);
        return WeightMatrix.FromBlocks(rows, columns, format, blocks);
    }

    /// <summary>Any bytes are codes, and scales that are whole numbers.</summary>
    private WeightMatrix Encoded(WeightFormat format, int rows, int columns)
    {
        var layout = WeightLayout.Of(format);
        var blocks = new byte[rows * layout.RowBytes(columns)];
        _random.NextBytes(blocks);
        SetScales(layout, blocks, Value);
        return WeightMatrix.FromBlocks(rows, columns, format, blocks);
    }

    private static void SetScales(WeightLayout layout, byte[] blocks, Func<float> value)
    {
        for (var block = 0; block < blocks.Length; block += layout.BlockBytes)
        {
            foreach (var offset in layout.ScaleOffsets)
            {
                BitConverter.TryWriteBytes(blocks.AsSpan(block + offset), (Half)value());
            }
        }
    }

    private float Value() => (_random.NextSingle() * 2) - 1;

    private float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => Value())];

    /// <summary>What vpdpbusd would be if it went by way of 16-bit numbers that saturate.</summary>
    private readonly struct SaturatingDotProduct : IByteDotProduct
    {
        public static Vector256<int> Add(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> inputs)
        {
            var result = new int[8];
            for (var lane = 0; lane < 8; lane++)
            {
                result[lane] = sums[lane];
                for (var i = lane * 4; i < (lane * 4) + 4; i += 2)
                {
                    result[lane] += Math.Clamp((weights[i] * inputs[i]) + (weights[i + 1] * inputs[i + 1]), short.MinValue, short.MaxValue);
                }
            }

            return Vector256.Create(result);
        }
    }
}
