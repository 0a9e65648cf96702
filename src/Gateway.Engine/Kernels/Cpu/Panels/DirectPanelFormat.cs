using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>Q8_0 and Q4_0: scales and codes are the file's own, and every kernel reads them in place. A unit is a step.</summary>
internal sealed unsafe class DirectPanelFormat(int index, PanelCodes codes, int bits) : PanelFormat(index, codes, bits)
{
    private readonly int _sourceBytes = sizeof(ushort) + (codes.BlockBytes / PanelLayout.Rows);

    public override bool HasByteScales => false;

    public override int UnitSteps => 1;

    public override int UnitBytes => Codes.StepBytes;

    public override int ScalesOffset(int sum) => sum * Codes.ScaleBytes;

    public override int MinimaOffset(int sum) => throw new NotSupportedException("There are no minima.");

    public override int BlockOffset(int block) => Codes.CodesOffset + (block * Codes.BlockBytes);

    public override void Pack(ReadOnlySpan<byte> source, byte* unit, int lane)
    {
        for (var block = 0; block < source.Length / _sourceBytes; block++)
        {
            var stored = source.Slice(block * _sourceBytes, _sourceBytes);
            ((ushort*)(unit + ScalesOffset(block)))[lane] = MemoryMarshal.Read<ushort>(stored);
            var target = unit + BlockOffset(block) + (lane * 4);

            // Four bits: the source has the first sixteen columns in the low halves of its bytes and the others in the high halves, which is
            // what groups g and g + 4 want.
            var groups = MemoryMarshal.Cast<byte, uint>(stored[sizeof(ushort)..]);
            var flipped = Codes.IsPacked ? 0 : 0x80808080;
            for (var group = 0; group < groups.Length; group++)
            {
                *(uint*)(target + (group * PanelLayout.GroupBytes)) = SwapMiddle(groups[group]) ^ flipped;
            }
        }
    }

    public override void Expand(byte* unit, byte* steps) => throw new NotSupportedException("Kernels read this format in place.");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint SwapMiddle(uint bytes) => (bytes & 0xFF0000FF) | ((bytes & 0xFF00) << 8) | ((bytes & 0xFF0000) >> 8);
}
