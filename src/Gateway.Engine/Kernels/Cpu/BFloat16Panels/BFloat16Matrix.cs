using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Gateway.Engine.Kernels.Cpu.Native;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu.BFloat16Panels;

/// <summary>bfloat16 weights laid out in panels for <see cref="BFloat16Kernel"/>. Weights below 2⁻⁵⁶ are zero; see <see cref="BFloat16Rounding"/>.</summary>
internal sealed unsafe class BFloat16Matrix : CpuMatrix
{
    private const int LineBytes = 64;

    private readonly BFloat16Kernel _kernel;
    private readonly byte[] _memory;
    private readonly byte* _first;
    private readonly long _panelBytes;

    private BFloat16Matrix(int rows, int columns, BFloat16Kernel kernel)
        : base(rows, columns)
    {
        _kernel = kernel;
        _panelBytes = (long)BFloat16Layout.Steps(columns) * BFloat16Layout.StepBytes;
        _memory = GC.AllocateUninitializedArray<byte>(checked((int)(Panels * _panelBytes) + LineBytes), pinned: true);
        var start = (ulong)Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0);
        _first = (byte*)((start + LineBytes - 1) / LineBytes * LineBytes);
        HugePages.Ask((nint)start, _memory.LongLength);
    }

    public override InputForms Reads => InputForms.BFloat16;

    public int Panels => (Rows + BFloat16Layout.Rows - 1) / BFloat16Layout.Rows;

    /// <summary>Lays out a matrix anew.</summary>
    /// <param name="weights">In bfloat16.</param>
    /// <param name="kernel">Will multiply it.</param>
    public static BFloat16Matrix Pack(WeightMatrix weights, BFloat16Kernel kernel)
    {
        var matrix = new BFloat16Matrix(weights.Rows, weights.Columns, kernel);
        Parallel.For(0, matrix.Panels, panel => matrix.PackPanel(weights, panel));
        return matrix;
    }

    /// <summary>A step of a panel, as an address.</summary>
    public ulong Step(int panel, int step) => (ulong)(_first + (panel * _panelBytes) + (step * (long)BFloat16Layout.StepBytes));

    public override void Multiply(CpuInputs x, int first, int count, int from, int to, Span<float> y, int yStride) =>
        BFloat16Product.Multiply(_kernel, this, x.BFloat16, first, count, from, to, y, yStride);

    public override void CopyRow(int row, Span<float> destination)
    {
        var lane = (uint*)(_first + (row / BFloat16Layout.Rows * _panelBytes)) + (row % BFloat16Layout.Rows);
        for (var column = 0; column < Columns; column++)
        {
            var pair = lane[column / 2 * BFloat16Layout.Rows];
            destination[column] = BitConverter.UInt32BitsToSingle(column % 2 == 0 ? pair << 16 : pair & 0xFFFF0000);
        }
    }

    private void PackPanel(WeightMatrix weights, int panel)
    {
        var first = panel * BFloat16Layout.Rows;
        var rows = Math.Min(BFloat16Layout.Rows, Rows - first);
        var source = weights.HalfRows(first, rows);
        var target = _first + (panel * _panelBytes);
        var padded = stackalloc ushort[BFloat16Layout.StepColumns];
        for (var column = 0; column < Columns; column += BFloat16Layout.StepColumns, target += BFloat16Layout.StepBytes)
        {
            for (var lane = 0; lane < BFloat16Layout.Rows; lane++)
            {
                var step = new Span<ushort>(padded, BFloat16Layout.StepColumns);
                step.Clear();
                if (lane < rows)
                {
                    source.Slice((lane * Columns) + column, Math.Min(step.Length, Columns - column)).CopyTo(step);
                }

                BFloat16Rounding.Flush(Vector512.Load(padded)).Store(padded);
                for (var pair = 0; pair < BFloat16Layout.StepPairs; pair++)
                {
                    ((uint*)target)[(pair * BFloat16Layout.Rows) + lane] = ((uint*)padded)[pair];
                }
            }
        }
    }
}
