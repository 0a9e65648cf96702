using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu.MachineCode;
using Gateway.Engine.Kernels.Cpu.Panels;

namespace Gateway.Engine.Kernels.Cpu.BFloat16Panels;

/// <summary>
/// The machine code of <see cref="Avx512BFloat16Kernel"/>: a function per tile shape, <c>void (PanelTile*)</c> in the System V convention. All sums are
/// in registers, and so is a pair of columns of all inputs.
/// </summary>
internal static class Avx512BFloat16Code
{
    /// <summary>Most tokens of a tile.</summary>
    public const int MaxTokens = 6;

    // Few tokens wait for weights to come from memory: so far ahead are all panels' weights asked for together, in bytes.
    private const int StreamedTokens = 3;
    private const int PrefetchBytes = 4096;

    // With more, several tiles read the same weights: they share in asking for the next ones.
    private const int AheadLines = 5;

    private const int CacheLine = 64;

    private const Gpr Tile = Gpr.Rdi;
    private const Gpr Position = Gpr.Rax;

    // Where four panels are read, the others' registers are free.
    private const Gpr Ahead = Gpr.Rbp;

    private static readonly Gpr[] PanelRegisters = [Gpr.Rcx, Gpr.Rdx, Gpr.R8, Gpr.R9, Gpr.R10, Gpr.R11, Gpr.Rbx, Gpr.Rbp];
    private static readonly Gpr[] TokenRegisters = [Gpr.Rsi, Gpr.R12, Gpr.R13, Gpr.R10, Gpr.R11, Gpr.Rbx];
    private static readonly Gpr[] Saved = [Gpr.Rbx, Gpr.Rbp, Gpr.R12, Gpr.R13];

    /// <summary>Bytes that a tile of more than a few tokens asks for in each step.</summary>
    public static int AheadBytes => AheadLines * CacheLine;

    /// <summary>The most panels with that many tokens: 8 or 4.</summary>
    public static int PanelsFor(int tokens) => tokens <= StreamedTokens ? 8 : 4;

    /// <param name="panels">1, 2, 4 or 8.</param>
    /// <param name="tokens">1 to <see cref="MaxTokens"/>.</param>
    public static byte[] Write(int panels, int tokens)
    {
        var code = new Assembler();
        foreach (var register in Saved)
        {
            code.Push(register);
        }

        for (var panel = 0; panel < panels; panel++)
        {
            code.Mov(PanelRegisters[panel], Field(nameof(PanelTile.Panels), panel * sizeof(ulong)));
        }

        code.Mov(Position, Field(nameof(PanelTile.InputStride)));
        code.Mov(TokenRegisters[0], Field(nameof(PanelTile.InputEnd)));
        for (var token = 1; token < tokens; token++)
        {
            code.Lea(TokenRegisters[token], new Address(TokenRegisters[token - 1], Position, 0));
        }

        code.Mov(Position, Field(nameof(PanelTile.Products)));
        for (var sum = 0; sum < panels * tokens; sum++)
        {
            code.Vmovdqu32(Sum(sum), new Address(Position, sum * CacheLine));
        }

        if (tokens > StreamedTokens)
        {
            code.Mov(Ahead, Field(nameof(PanelTile.Ahead)));
        }

        code.Mov(Position, Field(nameof(PanelTile.NegativeLength)));
        WriteLoop(code, panels, tokens);
        code.Mov(Position, Field(nameof(PanelTile.Products)));
        for (var sum = 0; sum < panels * tokens; sum++)
        {
            code.Vmovups(new Address(Position, sum * CacheLine), Sum(sum));
        }

        code.Vzeroupper();
        foreach (var register in Saved.Reverse())
        {
            code.Pop(register);
        }

        code.Ret();
        return code.ToArray();
    }

    private static void WriteLoop(Assembler code, int panels, int tokens)
    {
        var loop = code.Here;
        for (var pair = 0; pair < BFloat16Layout.StepPairs; pair++)
        {
            for (var token = 0; token < tokens; token++)
            {
                code.Vpbroadcastd(Input(token), new Address(TokenRegisters[token], Position, pair * 2 * sizeof(ushort)));
            }

            for (var panel = 0; panel < panels; panel++)
            {
                if (tokens <= StreamedTokens)
                {
                    code.Prefetcht0(new Address(PanelRegisters[panel], (PrefetchBytes / panels) + (pair * BFloat16Layout.PairBytes)));
                }

                // Two registers in turn, so that a load need not wait for the products before it.
                code.Vmovdqu32(Weights(panel), new Address(PanelRegisters[panel], pair * BFloat16Layout.PairBytes));
                for (var token = 0; token < tokens; token++)
                {
                    code.Vdpbf16ps(Sum((panel * tokens) + token), Weights(panel), Input(token));
                }
            }

            if (tokens > StreamedTokens && pair < AheadLines)
            {
                code.Prefetcht1(new Address(Ahead, pair * CacheLine));
            }
        }

        for (var panel = 0; panel < panels; panel++)
        {
            code.Add(PanelRegisters[panel], BFloat16Layout.StepBytes);
        }

        if (tokens > StreamedTokens)
        {
            code.Add(Ahead, AheadBytes);
        }

        code.Add(Position, BFloat16Layout.RecordBytes);
        code.Jnz(loop);
    }

    private static Address Field(string field, int offset = 0) => new(Tile, (int)Marshal.OffsetOf<PanelTile>(field) + offset);

    private static Zmm Sum(int index) => new(index);

    private static Zmm Input(int token) => new(24 + token);

    private static Zmm Weights(int panel) => new(30 + (panel % 2));
}
