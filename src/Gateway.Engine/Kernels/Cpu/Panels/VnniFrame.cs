using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu.MachineCode;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>How the functions of <see cref="VnniPanelKernel"/> begin and end, and where they have what they are given.</summary>
/// <param name="Panels">Registers with the places in the panels.</param>
/// <param name="Tokens">Registers with the ends of the tokens' inputs.</param>
/// <param name="Saved">Those of both that belong to the caller.</param>
/// <param name="Mask">Gets a nibble's bits in each byte, where codes are packed.</param>
internal sealed record VnniFrame(Gpr[] Panels, Gpr[] Tokens, Gpr[] Saved, Zmm Mask)
{
    /// <summary>The tile's address.</summary>
    public const Gpr Tile = Gpr.Rdi;

    /// <summary>The way along the inputs, from less than nothing to nothing.</summary>
    public const Gpr Position = Gpr.Rax;

    public static int Offset(string field) => (int)Marshal.OffsetOf<PanelTile>(field);

    /// <summary>
    /// Saves the caller's registers and loads those for panels, tokens and, where codes are packed, the mask. <see cref="Position"/> is free afterwards.
    /// </summary>
    public void Begin(Assembler code, bool isPacked, int panels, int tokens)
    {
        foreach (var register in Saved)
        {
            code.Push(register);
        }

        for (var panel = 0; panel < panels; panel++)
        {
            code.Mov(Panels[panel], new Address(Tile, Offset(nameof(PanelTile.Panels)) + (panel * sizeof(ulong))));
        }

        code.Mov(Position, new Address(Tile, Offset(nameof(PanelTile.InputStride))));
        code.Mov(Tokens[0], new Address(Tile, Offset(nameof(PanelTile.InputEnd))));
        for (var token = 1; token < tokens; token++)
        {
            code.Lea(Tokens[token], new Address(Tokens[token - 1], Position, 0));
        }

        if (isPacked)
        {
            code.Mov(Position, 0x0F0F0F0F);
            code.Vpbroadcastd(Mask, Position);
        }
    }

    public void End(Assembler code)
    {
        code.Vzeroupper();
        foreach (var register in Saved.Reverse())
        {
            code.Pop(register);
        }

        code.Ret();
    }

    /// <summary>Of a token's input, from the place on where the function is.</summary>
    public Address Record(int token, int offset) => new(Tokens[token], Position, offset);

    /// <summary>Sums begin: those of upper bytes are nothing, and those of lower ones make up for bytes without a sign.</summary>
    /// <param name="code">Where to write.</param>
    /// <param name="codes">The weights' codes.</param>
    /// <param name="tiles">Pairs of a panel and a token.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="record">Which of the records from the place on where the function is.</param>
    /// <param name="sum">Which sum of its step.</param>
    /// <param name="upper">The register of a pair.</param>
    /// <param name="lower">Likewise.</param>
    public void WriteFirstSums(
        Assembler code, PanelCodes codes, int tiles, int tokens, int record, int sum, Func<int, Zmm> upper, Func<int, Zmm> lower)
    {
        for (var tile = 0; tile < tiles; tile++)
        {
            code.Vpxord(upper(tile), upper(tile), upper(tile));
            if (codes.Offset == 0)
            {
                code.Vpxord(lower(tile), lower(tile), lower(tile));
            }
            else
            {
                code.Vpbroadcastd(lower(tile), Record(tile % tokens, (record * PanelLayout.RecordBytes) + codes.Correction(sum)));
            }
        }
    }
}
