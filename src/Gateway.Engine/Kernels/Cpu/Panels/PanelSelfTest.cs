using System.Buffers.Binary;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>Holds a kernel against the portable one before it is trusted: every tile shape, every format, bit for bit.</summary>
internal static class PanelSelfTest
{
    // Ragged in both directions, and enough panels for every number of them that tiles have; or as many columns as make several pieces.
    private const int Rows = 235;
    private const int SimpleColumns = 416;
    private const int SuperColumns = 768;

    /// <exception cref="CpuKernelException">A product differs.</exception>
    public static void Run(PanelKernel kernel)
    {
        var random = new Random(1);
        var portable = new PortablePanelKernel();
        var most = Math.Min(kernel.BestTokens + 1, PanelTile.MaxTokens);
        foreach (var format in PanelFormat.Supported)
        {
            var weights = Weights(format, random);
            var (expected, seen) = (Inputs(portable, most, weights.Columns), Inputs(kernel, most, weights.Columns));
            for (var tokens = 1; tokens <= most; tokens++)
            {
                if (!Product(portable, weights, expected, tokens).AsSpan().SequenceEqual(Product(kernel, weights, seen, tokens)))
                {
                    throw new CpuKernelException($"its self-test gave other bits than the portable kernels ({format}, {tokens} tokens)");
                }
            }
        }
    }

    /// <summary>Any bytes are codes, and whole-numbered scales; only binary16 numbers must be finite.</summary>
    private static WeightMatrix Weights(WeightFormat format, Random random)
    {
        var layout = WeightLayout.Of(format);
        var columns = SimpleColumns % layout.BlockSize == 0 ? SimpleColumns : SuperColumns;
        var blocks = new byte[Rows * layout.RowBytes(columns)];
        random.NextBytes(blocks);
        for (var block = 0; block < blocks.Length; block += layout.BlockBytes)
        {
            foreach (var offset in layout.ScaleOffsets)
            {
                BinaryPrimitives.WriteHalfLittleEndian(blocks.AsSpan(block + offset), (Half)((random.NextSingle() * 2) - 1));
            }
        }

        return WeightMatrix.FromBlocks(Rows, columns, format, blocks);
    }

    private static QuantizedRows Inputs(PanelKernel kernel, int tokens, int columns)
    {
        var random = new Random(2);
        var x = new QuantizedRows(kernel.SplitsInputs);
        x.Reserve(tokens, columns);
        x.Begin(columns);
        for (var token = 0; token < tokens; token++)
        {
            x.Set(token, 0, [.. Enumerable.Range(0, columns).Select(_ => (random.NextSingle() * 2) - 1)]);
        }

        return x;
    }

    private static float[] Product(PanelKernel kernel, WeightMatrix weights, QuantizedRows x, int tokens)
    {
        var y = new float[tokens * Rows];
        var matrix = PanelMatrix.Pack(weights, PanelFormat.Of(weights.Format)!, kernel);
        PanelProduct.Multiply(kernel, matrix, x, 0, tokens, 0, Rows, y, Rows);
        return y;
    }
}
