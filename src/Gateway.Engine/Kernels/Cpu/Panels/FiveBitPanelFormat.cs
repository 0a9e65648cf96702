using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>Q5_0, which a file of Q4_K has for rows that no block of 256 divides. A unit is a step.</summary>
internal sealed unsafe class FiveBitPanelFormat(int index) : PanelFormat(index, PanelCodes.FiveBit, CodeBits)
{
    private const int CodeBits = 5;
    private const int SourceBytes = 22;

    private static readonly int PackedBytes = PackedCodes.BlockBytes(CodeBits);

    public override bool HasByteScales => false;

    public override int UnitSteps => 1;

    public override int UnitBytes => BlockOffset(2);

    public override int ScalesOffset(int sum) => sum * Codes.ScaleBytes;

    public override int MinimaOffset(int sum) => throw new NotSupportedException("There are no minima.");

    public override int BlockOffset(int block) => Codes.CodesOffset + (block * PackedBytes);

    public override void Pack(ReadOnlySpan<byte> source, byte* unit, int lane)
    {
        Span<byte> numbers = stackalloc byte[PanelLayout.BlockColumns];
        for (var block = 0; block < source.Length / SourceBytes; block++)
        {
            // d, the fifth bits of all 32 numbers, then 16 bytes of two numbers: the low halves are the first 16.
            var stored = source.Slice(block * SourceBytes, SourceBytes);
            ((ushort*)(unit + ScalesOffset(block)))[lane] = MemoryMarshal.Read<ushort>(stored);
            var fifthBits = BinaryPrimitives.ReadUInt32LittleEndian(stored[2..]);
            for (var i = 0; i < numbers.Length; i++)
            {
                numbers[i] = (byte)(((stored[6 + (i % 16)] >> (i / 16 * 4)) & 0xF) | ((int)((fifthBits >> i) & 1) << 4));
            }

            PackedCodes.Pack(numbers, CodeBits, unit + BlockOffset(block), lane);
        }
    }

    public override void Expand(byte* unit, byte* steps)
    {
        Vector512.Store(Vector512.Load(unit), steps);
        PackedCodes.Unpack(unit + BlockOffset(0), CodeBits, steps + Codes.CodesOffset);
        PackedCodes.Unpack(unit + BlockOffset(1), CodeBits, steps + Codes.CodesOffset + Codes.BlockBytes);
    }
}
