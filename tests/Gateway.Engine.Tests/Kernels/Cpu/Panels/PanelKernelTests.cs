using Gateway.Engine.Kernels.Cpu.Blocks;
using Gateway.Engine.Kernels.Cpu.Panels;
using Gateway.Engine.Weights;
using Xunit;

namespace Gateway.Engine.Tests.Kernels.Cpu.Panels;

public sealed class PanelKernelTests
{
    private readonly Random _random = new(11);

    public static TheoryData<string, int, int, int> Shapes()
    {
        var data = new TheoryData<string, int, int, int>();
        foreach (var kernel in new[] { "portable", "avx2", "avx512", "vnni" })
        {
            foreach (var (rows, columns, tokens) in new[] { (1, 32, 1), (16, 64, 1), (33, 96, 2), (64, 160, 3), (80, 224, 7), (112, 512, 13), (48, 64, 70) })
            {
                data.Add(kernel, rows, columns, tokens);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Multiply_AnyKernel_EqualsTheDefinitionBitForBit(string name, int rows, int columns, int tokens)
    {
        foreach (var format in new[] { WeightFormat.Q8_0, WeightFormat.Q4_0 })
        {
            var weights = Weights(format, rows, columns);
            var inputs = Enumerable.Range(0, tokens).Select(_ => Values(columns)).ToArray();
            PanelKernel kernel = name switch { "portable" => new PortablePanelKernel(), "avx2" => new Avx2PanelKernel(), "avx512" => new Avx512PanelKernel(), _ => new VnniPanelKernel() };
            var x = new QuantizedRows(kernel.SplitsInputs);
            x.Reserve(tokens, columns);
            x.Begin(columns);
            for (var i = 0; i < tokens; i++)
            {
                x.Set(i, 0, inputs[i]);
            }

            var y = new float[tokens * rows];
            PanelProduct.Multiply(kernel, PanelMatrix.Pack(weights, PanelMatrix.CodesOf(format)!.Value, kernel), x, [.. Enumerable.Range(0, tokens)], 0, rows, y, rows);
            for (var token = 0; token < tokens; token++)
            {
                for (var row = 0; row < rows; row++)
                {
                    Assert.Equal(Defined(weights, row, inputs[token]), y[(token * rows) + row]);
                }
            }
        }
    }

    private static float Defined(WeightMatrix weights, int row, float[] input)
    {
        var layout = WeightLayout.Of(weights.Format);
        var sum = 0f;
        for (var block = 0; block < input.Length / 32; block++)
        {
            var stored = weights.StoredRows(row, 1).Slice(block * layout.BlockBytes, layout.BlockBytes).ToArray();
            var scale = (float)BitConverter.ToHalf(stored);
            var values = input.AsSpan(block * 32, 32).ToArray();
            var largest = values.Max(MathF.Abs);
            var inverse = largest >= 1e-30f ? 32639 / largest : 0;
            var products = 0;
            for (var i = 0; i < 32; i++)
            {
                var code = weights.Format == WeightFormat.Q8_0 ? (sbyte)stored[2 + i]
                    : (i < 16 ? stored[2 + i] & 0xF : stored[2 + i - 16] >> 4) - 8;
                products += code * (int)MathF.Round(values[i] * inverse);
            }

            sum = MathF.FusedMultiplyAdd((float)products * (inverse == 0 ? 0 : largest / 32639), scale, sum);
        }

        return sum;
    }

    private WeightMatrix Weights(WeightFormat format, int rows, int columns)
    {
        var values = Values(rows * columns);
        var blocks = new byte[rows * WeightLayout.Of(format).RowBytes(columns)];
        BlockEncoder.Encode(format, values, blocks);
        return WeightMatrix.FromBlocks(rows, columns, format, blocks);
    }

    private float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (_random.NextSingle() * 2) - 1)];
}
