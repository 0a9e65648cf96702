using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>
/// Blocks of 32 columns with codes of 4 to 6 bits, for sixteen rows. First lie their low halves, as <see cref="PanelLayout"/> has codes
/// of four bits; then the bits above them, h of them per code: 64 bytes per bit, those of group g in line g mod h from bit g / h · h on.
/// </summary>
internal static unsafe class PackedCodes
{
    private const int LowLines = PanelLayout.Groups / 2;

    /// <summary>Bytes of a block.</summary>
    public static int BlockBytes(int bits) => bits * PanelLayout.BlockColumns * PanelLayout.Rows / 8;

    /// <summary>Puts the codes of one row into a block.</summary>
    /// <param name="numbers">Those of 32 columns, unsigned.</param>
    /// <param name="bits">4 to 6.</param>
    /// <param name="block">Zeros where this row's codes go.</param>
    /// <param name="lane">The row of the panel.</param>
    public static void Pack(ReadOnlySpan<byte> numbers, int bits, byte* block, int lane)
    {
        var highBits = bits - 4;
        for (var column = 0; column < PanelLayout.BlockColumns; column++)
        {
            var (group, place) = (column / 4, (lane * 4) + PanelLayout.Place(column % 4));
            block[(group % LowLines * PanelLayout.GroupBytes) + place] |= (byte)((numbers[column] & 0xF) << (group / LowLines * 4));
            if (highBits > 0)
            {
                var line = LowLines + (group % highBits);
                block[(line * PanelLayout.GroupBytes) + place] |= (byte)(numbers[column] >> 4 << (group / highBits * highBits));
            }
        }
    }

    /// <summary>One code.</summary>
    public static int Code(byte* block, int bits, int lane, int column)
    {
        var (group, place, highBits) = (column / 4, (lane * 4) + PanelLayout.Place(column % 4), bits - 4);
        var low = (block[(group % LowLines * PanelLayout.GroupBytes) + place] >> (group / LowLines * 4)) & 0xF;
        if (highBits == 0)
        {
            return low;
        }

        var high = block[((LowLines + (group % highBits)) * PanelLayout.GroupBytes) + place] >> (group / highBits * highBits);
        return low | ((high & ((1 << highBits) - 1)) << 4);
    }

    /// <summary>Unpacks a block into bytes.</summary>
    /// <param name="block">The block.</param>
    /// <param name="bits">4 to 6.</param>
    /// <param name="codes">Receives 512 bytes; begins at a multiple of 64.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(byte* block, int bits, byte* codes)
    {
        // Written out, so that all shifts are constants.
        UnpackGroup(block, bits, codes, 0);
        UnpackGroup(block, bits, codes, 1);
        UnpackGroup(block, bits, codes, 2);
        UnpackGroup(block, bits, codes, 3);
        UnpackGroup(block, bits, codes, 4);
        UnpackGroup(block, bits, codes, 5);
        UnpackGroup(block, bits, codes, 6);
        UnpackGroup(block, bits, codes, 7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void UnpackGroup(byte* block, int bits, byte* codes, int group)
    {
        // Shifts are those of 16-bit numbers: what they bring in from the neighbouring byte is masked.
        var low = Vector512.Load((ushort*)(block + (group % LowLines * PanelLayout.GroupBytes)));
        var unpacked = (group < LowLines ? low : low >>> 4) & Vector512.Create((ushort)0x0F0F);
        if (bits > 4)
        {
            var highBits = bits - 4;
            var from = group / highBits * highBits;
            var high = Vector512.Load((ushort*)(block + ((LowLines + (group % highBits)) * PanelLayout.GroupBytes)));
            var mask = Vector512.Create((ushort)(((1 << highBits) - 1) * 0x1010));
            unpacked |= (from < 4 ? high << (4 - from) : from == 4 ? high : high >>> (from - 4)) & mask;
        }

        Vector512.Store(unpacked.AsByte(), codes + (group * PanelLayout.GroupBytes));
    }
}
