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
            from blocks in Gen.Choose(1, 20)
            from tokens in Gen.Frequency((4, Gen.Choose(1, 9)), (2, Gen.Choose(10, 40)), (1, Gen.Choose(41, 110)))
            from format in Gen.Elements(WeightFormat.Q8_0, WeightFormat.Q4_0)
            select (rows, blocks * 32, tokens, format);
        Prop.ForAll(shapes.ToArbitrary(), shape => Check(kernel, shape.format, shape.rows, shape.Item2, shape.tokens))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithReplay(19, 7));
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
        foreach (var (weight, input) in new[] { (0x80, 1f), (0x7F, 1f), (0x80, -1f), (0x7F, -1f) })
        {
            var blocks = new byte[16 * 34 * 2];
            Array.Fill(blocks, (byte)weight);
            for (var block = 0; block < 32; block++)
            {
                BitConverter.TryWriteBytes(blocks.AsSpan(block * 34), (Half)1);
            }

            float[][] vectors = [.. Enumerable.Range(0, 17).Select(_ => Enumerable.Repeat(input, 64).ToArray())];
            Check(kernel, WeightMatrix.FromBlocks(16, 64, WeightFormat.Q8_0, blocks), vectors);
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
            var y = Product(kernel, Encoded(WeightFormat.Q8_0, 16, 64, Values(16 * 64)), vectors);
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
        Check(kernel, WeightFormat.Q8_0, panels * 16, 192, tokens);
        Check(kernel, WeightFormat.Q4_0, (panels * 16) - 3, 96, tokens);
    }

    /// <summary>What the interpreter makes of code that most processors can run, so that it is trusted with the code that they cannot.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(6)]
    public void VnniCode_Interpreted_GivesTheBitsOfTheDefinition(int tokens)
    {
        var kernel = new InterpretedKernel(VnniCode.Write, VnniCode.MaxTokens, VnniCode.PanelsFor);
        Check(kernel, WeightFormat.Q8_0, 100, 96, tokens);
        Check(kernel, WeightFormat.Q4_0, 100, 64, tokens);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void VnniStreamCode_Interpreted_GivesTheBitsOfTheDefinition(int tokens)
    {
        var kernel = new InterpretedKernel(VnniStreamCode.Write, VnniStreamCode.MaxTokens, VnniStreamCode.PanelsFor);
        Check(kernel, WeightFormat.Q8_0, 250, 96, tokens);
        Check(kernel, WeightFormat.Q4_0, 250, 64, tokens);
    }

    [Theory]
    [InlineData(WeightFormat.Q8_0)]
    [InlineData(WeightFormat.Q4_0)]
    internal void CopyRow_AnyRow_IsWhatTheDecoderGives(WeightFormat format)
    {
        var weights = Encoded(format, 19, 96, Values(19 * 96));
        var matrix = CpuMatrix.Of(weights, new PortablePanelKernel());
        Assert.IsType<PanelMatrix>(matrix);
        var (expected, row) = (new float[96], new float[96]);
        for (var i = 0; i < 19; i++)
        {
            BlockDecoder.Decode(format, weights.StoredRows(i, 1), expected);
            matrix.CopyRow(i, row);
            Assert.Equal(expected, row);
        }
    }

    private void Check(PanelKernel kernel, WeightFormat format, int rows, int columns, int tokens) =>
        Check(kernel, Encoded(format, rows, columns, Values(rows * columns)), [.. Enumerable.Range(0, tokens).Select(_ => Values(columns))]);

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
        var matrix = PanelMatrix.Pack(weights, PanelMatrix.CodesOf(weights.Format)!.Value, kernel);
        PanelProduct.Multiply(kernel, matrix, x, 0, vectors.Length, 0, weights.Rows, y, weights.Rows);
        return y;
    }

    private static float Defined(WeightMatrix weights, int row, float[] input)
    {
        var layout = WeightLayout.Of(weights.Format);
        var sum = 0f;
        for (var block = 0; block < input.Length / 32; block++)
        {
            var stored = weights.StoredRows(row, 1).Slice(block * layout.BlockBytes, layout.BlockBytes);
            var values = input.AsSpan(block * 32, 32);
            var largest = 0f;
            foreach (var value in values)
            {
                largest = MathF.Max(largest, MathF.Abs(value));
            }

            var inverse = largest >= 1e-30f ? 32639 / largest : 0;
            var products = 0;
            for (var i = 0; i < 32; i++)
            {
                var code = weights.Format == WeightFormat.Q8_0 ? (sbyte)stored[2 + i]
                    : (i < 16 ? stored[2 + i] & 0xF : stored[2 + i - 16] >> 4) - 8;
                products += code * (int)MathF.Round(values[i] * inverse);
            }

            sum = MathF.FusedMultiplyAdd(products * (inverse == 0 ? 0 : largest / 32639), (float)BitConverter.ToHalf(stored), sum);
        }

        return sum;
    }

    private static WeightMatrix Encoded(WeightFormat format, int rows, int columns, float[] values)
    {
        var blocks = new byte[rows * WeightLayout.Of(format).RowBytes(columns)];
        BlockEncoder.Encode(format, values, blocks);
        return WeightMatrix.FromBlocks(rows, columns, format, blocks);
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
