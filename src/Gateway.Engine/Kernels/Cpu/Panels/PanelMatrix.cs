using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu.Native;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>Quantised weights, laid out in panels for <see cref="PanelKernel"/>.</summary>
internal sealed unsafe class PanelMatrix : CpuMatrix
{
    private const int LineBytes = 64;

    private readonly PanelKernel _kernel;
    private readonly byte[] _memory;
    private readonly byte* _first;
    private readonly long _panelBytes;

    private PanelMatrix(int rows, int columns, PanelFormat format, PanelKernel kernel)
        : base(rows, columns)
    {
        (Format, _kernel) = (format, kernel);
        _panelBytes = Bytes(PanelLayout.Steps(columns));
        _memory = GC.AllocateUninitializedArray<byte>(checked((int)(Panels * _panelBytes) + LineBytes), pinned: true);
        var start = (ulong)Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0);
        _first = (byte*)((start + LineBytes - 1) / LineBytes * LineBytes);
        HugePages.Ask((nint)start, _memory.LongLength);
    }

    public override InputForms Reads => InputForms.Quantized;

    public PanelFormat Format { get; }

    public int Panels => (Rows + PanelLayout.Rows - 1) / PanelLayout.Rows;

    /// <summary>Lays out a matrix anew. Codes and scales are the same ones.</summary>
    /// <param name="weights">The matrix.</param>
    /// <param name="format">How its format lies in panels.</param>
    /// <param name="kernel">Will multiply it.</param>
    public static PanelMatrix Pack(WeightMatrix weights, PanelFormat format, PanelKernel kernel)
    {
        var matrix = new PanelMatrix(weights.Rows, weights.Columns, format, kernel);
        Parallel.For(0, matrix.Panels, panel => matrix.PackPanel(weights, panel));
        return matrix;
    }

    /// <summary>Bytes of that many steps of one panel: whole units.</summary>
    public long Bytes(int steps) => steps / Format.UnitSteps * (long)Format.UnitBytes;

    /// <summary>A step of a panel, as an address: the first of a unit.</summary>
    public ulong Step(int panel, int step) => (ulong)(_first + (panel * _panelBytes) + Bytes(step));

    public override void Multiply(CpuInputs x, int first, int count, int from, int to, Span<float> y, int yStride) =>
        PanelProduct.Multiply(_kernel, this, x.Quantized, first, count, from, to, y, yStride);

    /// <remarks>The same bits as those of <see cref="Blocks.BlockDecoder"/>.</remarks>
    public override void CopyRow(int row, Span<float> destination)
    {
        var unit = _first + (row / PanelLayout.Rows * _panelBytes);
        for (var column = 0; column < Columns; column += Format.UnitColumns, unit += Format.UnitBytes)
        {
            var columns = Math.Min(Format.UnitColumns, Columns - column);
            Format.Decode(unit, row % PanelLayout.Rows, destination.Slice(column, columns));
        }
    }

    private void PackPanel(WeightMatrix weights, int panel)
    {
        // What no row or block fills are scales of zero; and packed codes are put together bit by bit.
        var first = panel * PanelLayout.Rows;
        var target = _first + (panel * _panelBytes);
        new Span<byte>(target, (int)_panelBytes).Clear();
        var layout = WeightLayout.Of(weights.Format);
        var unitBytes = (int)layout.RowBytes(Format.UnitColumns);
        for (var lane = 0; lane < Math.Min(PanelLayout.Rows, Rows - first); lane++)
        {
            var row = weights.StoredRows(first + lane, 1);
            for (var unit = target; !row.IsEmpty; unit += Format.UnitBytes)
            {
                var length = Math.Min(unitBytes, row.Length);
                Format.Pack(row[..length], unit, lane);
                row = row[length..];
            }
        }
    }
}
