using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu.BFloat16Panels;

/// <summary>Holds a kernel against what its instruction defines before it is trusted: every tile shape, bit for bit.</summary>
internal static class BFloat16SelfTest
{
    // Ragged in both directions, enough panels for every number of them that tiles have, and more than one piece of columns.
    private const int Rows = 235;
    private const int Columns = 445;

    /// <exception cref="CpuKernelException">A product differs.</exception>
    public static void Run(BFloat16Kernel kernel)
    {
        var random = new Random(1);
        ushort[] bits = [.. Enumerable.Range(0, Rows * Columns).Select(_ => (ushort)(BitConverter.SingleToUInt32Bits((random.NextSingle() * 2) - 1) >> 16))];
        var weights = WeightMatrix.FromHalf(Rows, Columns, WeightFormat.BFloat16, bits);
        var matrix = BFloat16Matrix.Pack(weights, kernel);
        var widened = new float[Rows * Columns];
        WeightRows.CopyWidened(weights, 0, Rows, widened);
        var most = kernel.MaxTokens + 1;
        var x = new BFloat16Rows(kernel.WidensInputs);
        x.Reserve(most, Columns);
        x.Begin(Columns);
        var expected = new float[most * Rows];
        for (var token = 0; token < most; token++)
        {
            // Of no more than eight bits, hence not rounded.
            float[] input = [.. Enumerable.Range(0, Columns).Select(_ => MathF.ScaleB(random.Next(-255, 256), random.Next(-10, 0)))];
            x.Set(token, 0, input);
            for (var row = 0; row < Rows; row++)
            {
                expected[(token * Rows) + row] = BFloat16Reference.Product(kernel.Order, widened.AsSpan(row * Columns, Columns), input);
            }
        }

        var seen = new float[most * Rows];
        for (var tokens = 1; tokens <= most; tokens++)
        {
            BFloat16Product.Multiply(kernel, matrix, x, 0, tokens, 0, Rows, seen, Rows);
            if (!seen.AsSpan(0, tokens * Rows).SequenceEqual(expected.AsSpan(0, tokens * Rows)))
            {
                throw new CpuKernelException($"its self-test gave other bits than its instruction is defined to give ({tokens} tokens)");
            }
        }
    }
}
