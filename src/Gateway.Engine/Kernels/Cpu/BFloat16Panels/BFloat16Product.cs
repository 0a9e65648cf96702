using System.Runtime.CompilerServices;
using Gateway.Engine.Kernels.Cpu.Panels;

namespace Gateway.Engine.Kernels.Cpu.BFloat16Panels;

/// <summary>Some rows of a <see cref="BFloat16Matrix"/> times some input vectors, cut into the tiles of a kernel.</summary>
internal static unsafe class BFloat16Product
{
    // So many input vectors stay in the second-level cache together with the panels of a tile, while all rows pass by.
    private const int TokensAtOnce = 96;

    // Two panels over so many steps stay in the first-level cache, while all tokens pass by and the next ones come closer.
    private const int StepsAtOnce = 12;

    // Of sixteen sums.
    private const int VectorBytes = BFloat16Layout.Rows * sizeof(float);

    /// <param name="kernel">Computes the tiles.</param>
    /// <param name="weights">The matrix.</param>
    /// <param name="x">The vectors, each as long as a row of the matrix.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many.</param>
    /// <param name="from">The first row: a multiple of <see cref="BFloat16Layout.Rows"/>.</param>
    /// <param name="to">Where the rows end.</param>
    /// <param name="y">The product of row <paramref name="from"/> + i and the j-th of them goes to j × <paramref name="yStride"/> + i.</param>
    /// <param name="yStride">Distance between the results of one vector and those of the next.</param>
    public static void Multiply(
        BFloat16Kernel kernel, BFloat16Matrix weights, BFloat16Rows x, int first, int count, int from, int to, Span<float> y, int yStride)
    {
        // Kernels address memory without checks.
        x.Check(first, count);
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, weights.Columns);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(to, weights.Rows);
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        for (var done = 0; done < count; done += TokensAtOnce)
        {
            MultiplyGroup(kernel, weights, x, first + done, Math.Min(TokensAtOnce, count - done), from, to, y[(done * yStride)..], yStride);
        }
    }

    [SkipLocalsInit]
    private static void MultiplyGroup(
        BFloat16Kernel kernel, BFloat16Matrix weights, BFloat16Rows x, int firstToken, int tokens, int from, int to, Span<float> y, int yStride)
    {
        // As many tiles as there must be, all of about the same size. What one tile reads but once goes by as a whole; what several
        // read, in pieces that stay close until the last has read them.
        var tiles = (tokens + kernel.MaxTokens - 1) / kernel.MaxTokens;
        var atOnce = (tokens + tiles - 1) / tiles;
        var steps = BFloat16Layout.Steps(weights.Columns);
        var stepsAtOnce = tiles == 1 ? steps : StepsAtOnce;
        var most = kernel.PanelsFor(atOnce);
        var memory = stackalloc byte[(((most * tokens) + 1) * VectorBytes) - 1];
        var products = (float*)(((nuint)memory + VectorBytes - 1) / VectorBytes * VectorBytes);
        var (panel, end) = (from / BFloat16Layout.Rows, (to + BFloat16Layout.Rows - 1) / BFloat16Layout.Rows);
        while (panel < end)
        {
            var panels = most;
            while (panels > end - panel)
            {
                panels /= 2;
            }

            new Span<float>(products, panels * tokens * BFloat16Layout.Rows).Clear();
            for (var step = 0; step < steps; step += stepsAtOnce)
            {
                var count = Math.Min(stepsAtOnce, steps - step);
                var (nextPanel, nextStep) = step + count < steps ? (panel, step + count) : (panel + panels, 0);
                MultiplySteps(kernel, weights, x, firstToken, tokens, atOnce, panel, panels, step, count, nextPanel, nextStep, products);
            }

            var row = panel * BFloat16Layout.Rows;
            new TileProducts(products, tokens, atOnce, panels).CopyTo(y[(row - from)..], yStride, to - row);
            panel += panels;
        }
    }

    /// <summary>Adds the products of some steps, for all tokens; those of the tile that begins with token i are i × panels vectors on.</summary>
    private static void MultiplySteps(
        BFloat16Kernel kernel, BFloat16Matrix weights, BFloat16Rows x, int firstToken, int tokens, int atOnce, int panel, int panels,
        int step, int steps, int nextPanel, int nextStep, float* products)
    {
        PanelTile tile;
        tile.Steps = steps;
        tile.NegativeLength = -steps * x.RecordBytes;
        tile.InputStride = x.RowBytes;
        for (var i = 0; i < panels; i++)
        {
            tile.Panels[i] = weights.Step(panel + i, step);
        }

        // The next weights, of the same size, shared out among the tiles. Behind the last ones something else may lie: it is not read.
        var bytesAhead = steps * kernel.AheadBytes;
        var tilesPerPanel = bytesAhead == 0 ? 1 : ((steps * BFloat16Layout.StepBytes) + bytesAhead - 1) / bytesAhead;
        for (var (first, index) = (0, 0); first < tokens; first += atOnce, index++)
        {
            var count = Math.Min(atOnce, tokens - first);
            tile.Ahead = weights.Step(nextPanel + (index / tilesPerPanel % panels), nextStep) + (ulong)(index % tilesPerPanel * bytesAhead);
            tile.InputEnd = x.Record(firstToken + first, step + steps);
            tile.Products = (ulong)(products + (first * panels * BFloat16Layout.Rows));
            kernel.Multiply(&tile, panels, count);
        }
    }
}
