using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>Some rows of a <see cref="PanelMatrix"/> times some input vectors, cut into the tiles of a kernel.</summary>
internal static unsafe class PanelProduct
{
    // So many input vectors stay in the second-level cache together with the panels of a tile, while all rows pass by.
    private const int TokensAtOnce = 96;

    // Two panels over so many steps stay in the first-level cache, while all tokens pass by and the next ones come closer.
    private const int StepsAtOnce = 8;

    // Weights that are expanded before kernels read them: steps of all panels of a tile, which stay in the first-level cache likewise. Many
    // panels at once are many places of memory for weights, but few steps of each.
    private const int ExpandedSteps = 16;
    private const int MaxExpandedPanels = 4;

    // Of sixteen sums. Kernels read and write them block by block: none is to lie across two lines.
    private const int VectorBytes = PanelLayout.Rows * sizeof(float);

    /// <param name="kernel">Computes the tiles.</param>
    /// <param name="weights">The matrix.</param>
    /// <param name="x">The vectors, each as long as a row of the matrix.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="count">How many.</param>
    /// <param name="from">The first row: a multiple of <see cref="PanelLayout.Rows"/>.</param>
    /// <param name="to">Where the rows end.</param>
    /// <param name="y">The product of row <paramref name="from"/> + i and the j-th of them goes to j × <paramref name="yStride"/> + i.</param>
    /// <param name="yStride">Distance between the results of one vector and those of the next.</param>
    public static void Multiply(
        PanelKernel kernel, PanelMatrix weights, QuantizedRows x, int first, int count, int from, int to, Span<float> y, int yStride)
    {
        // Kernels address memory without checks.
        x.Check(first, count);
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Columns, weights.Columns);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(to, weights.Rows);
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        for (var done = 0; done < count; done += TokensAtOnce)
        {
            var tokens = Math.Min(TokensAtOnce, count - done);
            MultiplyGroup(kernel, weights, x, first + done, tokens, from, to, y[(done * yStride)..], yStride);
        }
    }

    [SkipLocalsInit]
    private static void MultiplyGroup(
        PanelKernel kernel, PanelMatrix weights, QuantizedRows x, int firstToken, int tokens, int from, int to, Span<float> y, int yStride)
    {
        // As many tiles as there must be, all of about the same size. What one tile reads but once goes by as a whole; what several
        // read, in pieces that stay close until the last has read them.
        var tiles = (tokens + kernel.BestTokens - 1) / kernel.BestTokens;
        var atOnce = (tokens + tiles - 1) / tiles;
        var steps = PanelLayout.Steps(weights.Columns);
        var (format, most) = (weights.Format, kernel.PanelsFor(atOnce));
        var (stepsAtOnce, expandedBytes) = (tiles == 1 ? steps : StepsAtOnce, 0);
        var streams = kernel.Streams(tokens);
        if (format.Expands && !streams)
        {
            most = Math.Min(most, MaxExpandedPanels);
            (stepsAtOnce, expandedBytes) = (ExpandedSteps / most, ExpandedSteps * format.Codes.StepBytes);
        }

        var productBytes = most * tokens * VectorBytes;
        var memory = stackalloc byte[productBytes + expandedBytes + VectorBytes - 1];
        var products = (float*)(((nuint)memory + VectorBytes - 1) / VectorBytes * VectorBytes);
        var expanded = (byte*)products + productBytes;
        var (panel, end) = (from / PanelLayout.Rows, (to + PanelLayout.Rows - 1) / PanelLayout.Rows);
        while (panel < end)
        {
            var panels = most;
            while (panels > end - panel)
            {
                panels /= 2;
            }

            new Span<float>(products, panels * tokens * PanelLayout.Rows).Clear();
            for (var step = 0; step < steps; step += stepsAtOnce)
            {
                var count = Math.Min(stepsAtOnce, steps - step);
                var (nextPanel, nextStep) = step + count < steps ? (panel, step + count) : (panel + panels, 0);
                MultiplySteps(kernel, weights, x, firstToken, tokens, atOnce, panel, panels, step, count, nextPanel, nextStep, products, streams, expanded);
            }

            var row = panel * PanelLayout.Rows;
            new TileProducts(products, tokens, atOnce, panels).CopyTo(y[(row - from)..], yStride, to - row);
            panel += panels;
        }
    }

    /// <summary>Adds the products of some steps, for all tokens; those of the tile that begins with token i are i × panels vectors on.</summary>
    private static void MultiplySteps(
        PanelKernel kernel, PanelMatrix weights, QuantizedRows x, int firstToken, int tokens, int atOnce, int panel, int panels,
        int step, int steps, int nextPanel, int nextStep, float* products, bool streams, byte* expanded)
    {
        PanelTile tile;
        tile.Steps = steps;
        tile.NegativeLength = -steps * PanelLayout.RecordBytes;
        tile.InputStride = x.RowBytes;
        for (var i = 0; i < panels; i++)
        {
            tile.Panels[i] = weights.Step(panel + i, step);
            if (weights.Format.Expands && !streams)
            {
                var target = expanded + (i * steps * weights.Format.Codes.StepBytes);
                Expand(weights.Format, (byte*)tile.Panels[i], (byte*)weights.Step(nextPanel + i, nextStep), steps, target);
                tile.Panels[i] = (ulong)target;
            }
        }

        // The next weights, of the same size, shared out among the tiles. Behind the last ones something else may lie: it is not read.
        var bytesAhead = steps * kernel.AheadBytes;
        var tilesPerPanel = bytesAhead == 0 ? 1 : (int)((weights.Bytes(steps) + bytesAhead - 1) / bytesAhead);
        for (var (first, index) = (0, 0); first < tokens; first += atOnce, index++)
        {
            var count = Math.Min(atOnce, tokens - first);
            tile.Ahead = weights.Step(nextPanel + (index / tilesPerPanel % panels), nextStep) + (ulong)(index % tilesPerPanel * bytesAhead);
            tile.InputEnd = x.Record(firstToken + first, step + steps);
            tile.Products = (ulong)(products + (first * panels * PanelLayout.Rows));
            if (streams)
            {
                kernel.Stream(&tile, weights.Format, panels, count);
            }
            else
            {
                kernel.Multiply(&tile, weights.Format.Codes, panels, count);
            }
        }
    }

    /// <summary>Expands some steps, and asks for as many bytes of the next weights meanwhile.</summary>
    private static void Expand(PanelFormat format, byte* source, byte* next, int steps, byte* target)
    {
        for (var step = 0; step < steps; step += format.UnitSteps)
        {
            // All lines at once: the first are then on their way while the last are waited for.
            for (var line = 0; Sse.IsSupported && line < format.UnitBytes; line += AlignedBuffer.Alignment)
            {
                Sse.Prefetch1(next + line);
            }

            format.Expand(source, target);
            source += format.UnitBytes;
            next += format.UnitBytes;
            target += format.UnitSteps * format.Codes.StepBytes;
        }
    }
}
