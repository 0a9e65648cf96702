using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu.Native;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>Weights of blocks of 32 with one scale, laid out in panels for <see cref="PanelKernel"/>.</summary>
internal sealed unsafe class PanelMatrix : CpuMatrix
{
    private const int LineBytes = 64;

    private readonly PanelKernel _kernel;
    private readonly byte[] _memory;
    private readonly byte* _first;
    private readonly long _panelBytes;

    private PanelMatrix(int rows, int columns, PanelCodes codes, PanelKernel kernel)
        : base(rows, columns)
    {
        (Codes, _kernel) = (codes, kernel);
        _panelBytes = (long)PanelLayout.Steps(columns) * PanelLayout.StepBytes(codes);
        _memory = GC.AllocateUninitializedArray<byte>(checked((int)(Panels * _panelBytes) + LineBytes), pinned: true);
        var start = (ulong)Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0);
        _first = (byte*)((start + LineBytes - 1) / LineBytes * LineBytes);
        HugePages.Ask((nint)start, _memory.LongLength);
    }

    public override InputForms Reads => InputForms.Quantized;

    public PanelCodes Codes { get; }

    public int Panels => (Rows + PanelLayout.Rows - 1) / PanelLayout.Rows;

    /// <summary>The codes that a format keeps its bits and its values in, or null for a format that panels do not hold.</summary>
    public static PanelCodes? CodesOf(WeightFormat format) => format switch
    {
        WeightFormat.Q8_0 => PanelCodes.EightBit,
        WeightFormat.Q4_0 => PanelCodes.FourBit,
        _ => null,
    };

    /// <summary>Lays out a matrix anew. Codes and scales are the same ones.</summary>
    /// <param name="weights">In a format with <paramref name="codes"/>.</param>
    /// <param name="codes">As <see cref="CodesOf"/> has it.</param>
    /// <param name="kernel">Will multiply it.</param>
    public static PanelMatrix Pack(WeightMatrix weights, PanelCodes codes, PanelKernel kernel)
    {
        var matrix = new PanelMatrix(weights.Rows, weights.Columns, codes, kernel);
        Parallel.For(0, matrix.Panels, panel => matrix.PackPanel(weights, panel));
        return matrix;
    }

    /// <summary>A step of a panel, as an address.</summary>
    public ulong Step(int panel, int step) => (ulong)(_first + (panel * _panelBytes) + (step * (long)PanelLayout.StepBytes(Codes)));

    public override void Multiply(CpuInputs x, int first, int count, int from, int to, Span<float> y, int yStride) =>
        PanelProduct.Multiply(_kernel, this, x.Quantized, first, count, from, to, y, yStride);

    /// <remarks>The same bits as those of <see cref="Blocks.BlockDecoder"/>.</remarks>
    public override void CopyRow(int row, Span<float> destination)
    {
        var panel = _first + (row / PanelLayout.Rows * _panelBytes);
        var lane = row % PanelLayout.Rows;
        var offset = PanelLayout.Offset(Codes);
        for (var column = 0; column < Columns; column++)
        {
            var step = panel + (column / PanelLayout.StepColumns * PanelLayout.StepBytes(Codes));
            var block = column % PanelLayout.StepColumns / PanelLayout.BlockColumns;
            var scale = (float)((Half*)step)[(block * PanelLayout.Rows) + lane];
            var codes = step + PanelLayout.CodesOffset + (block * PanelLayout.BlockCodeBytes(Codes));
            destination[column] = (Code(codes, lane, column % PanelLayout.BlockColumns) - offset) * scale;
        }
    }

    private int Code(byte* codes, int lane, int column)
    {
        var (group, place) = (column / 4, Place(column % 4));
        if (Codes == PanelCodes.EightBit)
        {
            return codes[(group * PanelLayout.GroupBytes) + (lane * 4) + place];
        }

        var pair = codes[(group % 4 * PanelLayout.GroupBytes) + (lane * 4) + place];
        return group < 4 ? pair & 0xF : pair >> 4;
    }

    private void PackPanel(WeightMatrix weights, int panel)
    {
        var first = panel * PanelLayout.Rows;
        var target = _first + (panel * _panelBytes);
        var blocks = Columns / PanelLayout.BlockColumns;
        var layout = WeightLayout.Of(weights.Format);
        if (Rows - first < PanelLayout.Rows || blocks % 2 != 0)
        {
            // What no row or block fills: scales of zero.
            new Span<byte>(target, (int)_panelBytes).Clear();
        }

        for (var lane = 0; lane < Math.Min(PanelLayout.Rows, Rows - first); lane++)
        {
            var row = weights.StoredRows(first + lane, 1);
            for (var block = 0; block < blocks; block++)
            {
                var source = row.Slice(block * layout.BlockBytes, layout.BlockBytes);
                var step = target + (block / 2 * PanelLayout.StepBytes(Codes));
                ((ushort*)step)[(block % 2 * PanelLayout.Rows) + lane] = MemoryMarshal.Read<ushort>(source);
                var codes = step + PanelLayout.CodesOffset + (block % 2 * PanelLayout.BlockCodeBytes(Codes)) + (lane * 4);
                if (Codes == PanelCodes.EightBit)
                {
                    PackEightBit(source[2..], codes);
                }
                else
                {
                    PackFourBit(source[2..], codes);
                }
            }
        }
    }

    private static void PackEightBit(ReadOnlySpan<byte> source, byte* codes)
    {
        var groups = MemoryMarshal.Cast<byte, uint>(source);
        for (var group = 0; group < PanelLayout.Groups; group++)
        {
            *(uint*)(codes + (group * PanelLayout.GroupBytes)) = SwapMiddle(groups[group]) ^ 0x80808080;
        }
    }

    // The source has the first sixteen columns in the low halves of its bytes and the others in the high halves, which is what groups
    // g and g + 4 want.
    private static void PackFourBit(ReadOnlySpan<byte> source, byte* codes)
    {
        var groups = MemoryMarshal.Cast<byte, uint>(source);
        for (var group = 0; group < PanelLayout.Groups / 2; group++)
        {
            *(uint*)(codes + (group * PanelLayout.GroupBytes)) = SwapMiddle(groups[group]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint SwapMiddle(uint bytes) => (bytes & 0xFF0000FF) | ((bytes & 0xFF00) << 8) | ((bytes & 0xFF0000) >> 8);

    private static int Place(int column) => column is 1 ? 2 : column is 2 ? 1 : column;
}
