using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>What tiles of some neighbouring panels have computed: tile by tile, in each panel by panel, sixteen rows of each token.</summary>
/// <param name="products">Where they begin.</param>
/// <param name="tokens">Input vectors of all tiles.</param>
/// <param name="atOnce">Those of a tile; the last one has what is left.</param>
/// <param name="panels">Panels of each tile.</param>
internal readonly unsafe ref struct TileProducts(float* products, int tokens, int atOnce, int panels)
{
    /// <summary>Copies the rows out.</summary>
    /// <param name="y">The product of the panels' row i and the j-th token goes to j × <paramref name="yStride"/> + i.</param>
    /// <param name="yStride">Distance between the results of one token and those of the next.</param>
    /// <param name="rows">Of the panels; the last one may have fewer than sixteen.</param>
    public void CopyTo(Span<float> y, int yStride, int rows)
    {
        for (var first = 0; first < tokens; first += atOnce)
        {
            var count = Math.Min(atOnce, tokens - first);
            for (var panel = 0; panel < panels; panel++)
            {
                var row = panel * PanelLayout.Rows;
                var length = Math.Min(PanelLayout.Rows, rows - row);
                for (var token = 0; token < count; token++)
                {
                    var product = products + (((first * panels) + (panel * count) + token) * PanelLayout.Rows);
                    var target = y.Slice(((first + token) * yStride) + row, length);
                    if (length == PanelLayout.Rows)
                    {
                        Vector512.Load(product).CopyTo(target);
                    }
                    else
                    {
                        new ReadOnlySpan<float>(product, length).CopyTo(target);
                    }
                }
            }
        }
    }
}
