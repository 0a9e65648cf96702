using Gateway.Engine.Kernels.Cpu.Blocks;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>Holds a kernel against the portable one before it is trusted: every tile shape, every kind of codes, bit for bit.</summary>
internal static class PanelSelfTest
{
    // Ragged in both directions, and enough panels for every number of them that tiles have.
    private const int Rows = 235;
    private const int Columns = 416;

    /// <exception cref="CpuKernelException">A product differs.</exception>
    public static void Run(PanelKernel kernel)
    {
        var random = new Random(1);
        var portable = new PortablePanelKernel();
        var most = Math.Min(kernel.BestTokens + 1, PanelTile.MaxTokens);
        var (expected, seen) = (Inputs(portable, most, new Random(2)), Inputs(kernel, most, new Random(2)));
        foreach (var format in new[] { WeightFormat.Q8_0, WeightFormat.Q4_0 })
        {
            var blocks = new byte[Rows * WeightLayout.Of(format).RowBytes(Columns)];
            BlockEncoder.Encode(format, Values(random, Rows * Columns), blocks);
            var weights = WeightMatrix.FromBlocks(Rows, Columns, format, blocks);
            for (var tokens = 1; tokens <= most; tokens++)
            {
                if (!Product(portable, weights, expected, tokens).AsSpan().SequenceEqual(Product(kernel, weights, seen, tokens)))
                {
                    throw new CpuKernelException($"its self-test gave other bits than the portable kernels ({format}, {tokens} tokens)");
                }
            }
        }
    }

    private static QuantizedRows Inputs(PanelKernel kernel, int tokens, Random random)
    {
        var x = new QuantizedRows(kernel.SplitsInputs);
        x.Reserve(tokens, Columns);
        x.Begin(Columns);
        for (var token = 0; token < tokens; token++)
        {
            x.Set(token, 0, Values(random, Columns));
        }

        return x;
    }

    private static float[] Product(PanelKernel kernel, WeightMatrix weights, QuantizedRows x, int tokens)
    {
        var y = new float[tokens * Rows];
        var matrix = PanelMatrix.Pack(weights, PanelMatrix.CodesOf(weights.Format)!.Value, kernel);
        PanelProduct.Multiply(kernel, matrix, x, 0, tokens, 0, Rows, y, Rows);
        return y;
    }

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
}
