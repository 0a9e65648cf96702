using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu.MachineCode;
using Gateway.Engine.Kernels.Cpu.Panels;

namespace Gateway.Engine.Kernels.Cpu.BFloat16Panels;

/// <summary>
/// The machine code of <see cref="AmxBFloat16Kernel"/>: a function per tile shape, <c>void (PanelTile*)</c> in the System V convention. A step of 32 columns
/// is one product of tiles per panel and sixteen tokens: [tokens, 32] · [32, 16]. Sums stay in tiles.
/// </summary>
internal static class AmxBFloat16Code
{
    /// <summary>Most tokens of a tile.</summary>
    public const int MaxTokens = 2 * HalfTokens;

    /// <summary>Bytes of a tile configuration.</summary>
    public const int ConfigurationBytes = 64;

    // Most rows of a tile register.
    private const int HalfTokens = 16;

    private const int Tiles = 8;
    private const int CacheLine = 64;

    // Tokens that fill no more than one register wait for weights to come from memory: so far ahead are all panels' weights asked for together, in bytes.
    private const int PrefetchBytes = 8192;

    // With more, several tiles read the same weights: they share in asking for the next ones.
    private const int AheadLines = 12;

    private const Gpr Tile = Gpr.Rdi;
    private const Gpr Position = Gpr.Rax;
    private const Gpr Input = Gpr.Rsi;
    private const Gpr InputStride = Gpr.R8;
    private const Gpr RowStride = Gpr.R9;

    // Where two panels are read, the others' registers are free.
    private const Gpr SecondInput = Gpr.R10;
    private const Gpr Ahead = Gpr.R11;

    private static readonly Gpr[] PanelRegisters = [Gpr.Rcx, Gpr.Rdx, Gpr.R10, Gpr.R11];

    /// <summary>Bytes that a tile of more than sixteen tokens asks for in each step.</summary>
    public static int AheadBytes => AheadLines * CacheLine;

    /// <summary>The most panels with that many tokens: 4 or 2.</summary>
    public static int PanelsFor(int tokens) => tokens <= HalfTokens ? 4 : 2;

    /// <summary>The shapes of the tiles for that many tokens (Software Developer's Manual, LDTILECFG).</summary>
    public static byte[] Configuration(int tokens)
    {
        var configuration = new byte[ConfigurationBytes];
        configuration[0] = 1;
        for (var tile = 0; tile < Tiles; tile++)
        {
            configuration[16 + (2 * tile)] = CacheLine;
            configuration[48 + tile] = BFloat16Layout.StepPairs;
        }

        for (var half = 0; half < Halves(tokens); half++)
        {
            configuration[48 + Inputs(half).Number] = RowsOf(tokens, half);
            for (var panel = 0; panel < PanelsFor(tokens); panel++)
            {
                configuration[48 + Sums(tokens, panel, half).Number] = RowsOf(tokens, half);
            }
        }

        return configuration;
    }

    /// <param name="panels">1, 2 or 4.</param>
    /// <param name="tokens">1 to <see cref="MaxTokens"/>.</param>
    public static byte[] Write(int panels, int tokens)
    {
        var code = new Assembler();
        code.Mov(Position, Field(nameof(PanelTile.Configuration)));
        code.Ldtilecfg(new Address(Position));
        code.Mov(RowStride, CacheLine);
        code.Mov(Position, Field(nameof(PanelTile.Products)));
        WriteSums(code, panels, tokens, stores: false);
        for (var panel = 0; panel < panels; panel++)
        {
            code.Mov(PanelRegisters[panel], Field(nameof(PanelTile.Panels), panel * sizeof(ulong)));
        }

        code.Mov(Position, Field(nameof(PanelTile.NegativeLength)));
        code.Mov(InputStride, Field(nameof(PanelTile.InputStride)));
        code.Mov(Input, Field(nameof(PanelTile.InputEnd)));
        code.Lea(Input, new Address(Input, Position, 0));
        if (Halves(tokens) == 2)
        {
            code.Mov(Ahead, Field(nameof(PanelTile.Ahead)));
            code.Lea(SecondInput, new Address(Input, InputStride, 0));
            for (var token = 1; token < HalfTokens; token++)
            {
                code.Lea(SecondInput, new Address(SecondInput, InputStride, 0));
            }
        }

        WriteLoop(code, panels, tokens);
        code.Mov(Position, Field(nameof(PanelTile.Products)));
        WriteSums(code, panels, tokens, stores: true);
        code.Tilerelease();
        code.Ret();
        return code.ToArray();
    }

    private static void WriteLoop(Assembler code, int panels, int tokens)
    {
        var loop = code.Here;
        code.Tileloadd(Inputs(0), new Address(Input, InputStride, 0));
        if (Halves(tokens) == 2)
        {
            code.Tileloadd(Inputs(1), new Address(SecondInput, InputStride, 0));
        }

        for (var panel = 0; panel < panels; panel++)
        {
            code.Tileloadd(Weights(panel), new Address(PanelRegisters[panel], RowStride, 0));
            for (var half = 0; half < Halves(tokens); half++)
            {
                code.Tdpbf16ps(Sums(tokens, panel, half), Inputs(half), Weights(panel));
            }
        }

        if (Halves(tokens) == 1)
        {
            for (var line = 0; line < BFloat16Layout.StepPairs; line++)
            {
                for (var panel = 0; panel < panels; panel++)
                {
                    code.Prefetcht0(new Address(PanelRegisters[panel], (PrefetchBytes / panels) + (line * CacheLine)));
                }
            }
        }
        else
        {
            for (var line = 0; line < AheadLines; line++)
            {
                code.Prefetcht1(new Address(Ahead, line * CacheLine));
            }

            code.Add(Ahead, AheadBytes);
            code.Add(SecondInput, BFloat16Layout.RecordBytes);
        }

        for (var panel = 0; panel < panels; panel++)
        {
            code.Add(PanelRegisters[panel], BFloat16Layout.StepBytes);
        }

        code.Add(Input, BFloat16Layout.RecordBytes);
        code.Add(Position, BFloat16Layout.RecordBytes);
        code.Jnz(loop);
    }

    /// <summary>Loads or stores the sums, whose address is in <see cref="Position"/>.</summary>
    private static void WriteSums(Assembler code, int panels, int tokens, bool stores)
    {
        for (var panel = 0; panel < panels; panel++)
        {
            for (var half = 0; half < Halves(tokens); half++)
            {
                var address = new Address(Position, RowStride, ((panel * tokens) + (half * HalfTokens)) * CacheLine);
                if (stores)
                {
                    code.Tilestored(address, Sums(tokens, panel, half));
                }
                else
                {
                    code.Tileloadd(Sums(tokens, panel, half), address);
                }
            }
        }
    }

    private static int Halves(int tokens) => tokens <= HalfTokens ? 1 : 2;

    private static byte RowsOf(int tokens, int half) => (byte)Math.Min(HalfTokens, tokens - (half * HalfTokens));

    /// <summary>0 to 3.</summary>
    private static Tmm Sums(int tokens, int panel, int half) => new((panel * Halves(tokens)) + half);

    /// <summary>4 and 5.</summary>
    private static Tmm Inputs(int half) => new(4 + half);

    /// <summary>6 and 7 in turn, so that a load need not wait for the products before it.</summary>
    private static Tmm Weights(int panel) => new(6 + (panel % 2));

    private static Address Field(string field, int offset = 0) => new(Tile, (int)Marshal.OffsetOf<PanelTile>(field) + offset);
}
