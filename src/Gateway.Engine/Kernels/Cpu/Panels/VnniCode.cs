using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu.MachineCode;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>
/// The machine code of <see cref="VnniPanelKernel"/>: a function per tile shape, <c>void (PanelTile*)</c> in the System V convention. A tile
/// has an integer and a float32 vector for each panel and token in registers.
/// </summary>
internal static class VnniCode
{
    // Of 32 registers, 24 are sums.
    private const int MaxSums = 12;

    // Few tokens wait for the weights to come from memory: so far ahead are they asked for, in bytes.
    private const int PrefetchDistance = 2048;

    // With more, computing takes longer than loading, and several tiles read the same weights: they share in asking for the next ones.
    private const int PrefetchTokens = 4;
    private const int AheadLines = 5;

    private const int CacheLine = 64;

    // The tile's address stays in rdi, the way along the inputs is in rax.
    private const Gpr Tile = Gpr.Rdi;
    private const Gpr Position = Gpr.Rax;

    // One of the panels' registers: where more than a few tokens are computed, there are two panels at most.
    private const Gpr Ahead = Gpr.R10;

    private static readonly Gpr[] PanelRegisters = [Gpr.Rcx, Gpr.Rdx, Gpr.R10, Gpr.R11];
    private static readonly Gpr[] TokenRegisters = [Gpr.Rsi, Gpr.R8, Gpr.R9, Gpr.Rbx, Gpr.Rbp, Gpr.R12];
    private static readonly Gpr[] Saved = [Gpr.Rbx, Gpr.Rbp, Gpr.R12];
    private static readonly Zmm Mask = new(24);
    private static readonly Zmm Input = new(25);
    private static readonly Zmm Scales = new(26);
    private static readonly Zmm FirstWeights = new(28);

    /// <summary>Most tokens of a tile.</summary>
    public static int MaxTokens => TokenRegisters.Length;

    /// <summary>Bytes that a tile of more than a few tokens asks for in each step.</summary>
    public static int AheadBytes => AheadLines * CacheLine;

    /// <summary>The most panels with that many tokens: 4, 2 or 1.</summary>
    public static int PanelsFor(int tokens) => tokens <= MaxSums / 4 ? 4 : 2;

    /// <param name="codes">The weights' codes.</param>
    /// <param name="panels">1, 2 or 4.</param>
    /// <param name="tokens">1 to <see cref="MaxTokens"/>.</param>
    public static byte[] Write(PanelCodes codes, int panels, int tokens)
    {
        var code = new Assembler();
        foreach (var register in Saved)
        {
            code.Push(register);
        }

        for (var panel = 0; panel < panels; panel++)
        {
            code.Mov(PanelRegisters[panel], new Address(Tile, Offset(nameof(PanelTile.Panels)) + (panel * sizeof(ulong))));
        }

        code.Mov(Position, new Address(Tile, Offset(nameof(PanelTile.InputStride))));
        code.Mov(TokenRegisters[0], new Address(Tile, Offset(nameof(PanelTile.InputEnd))));
        for (var token = 1; token < tokens; token++)
        {
            code.Lea(TokenRegisters[token], new Address(TokenRegisters[token - 1], Position, 0));
        }

        if (codes == PanelCodes.FourBit)
        {
            code.Mov(Position, 0x0F0F0F0F);
            code.Vpbroadcastd(Mask, Position);
        }

        code.Mov(Position, new Address(Tile, Offset(nameof(PanelTile.Products))));
        for (var sum = 0; sum < panels * tokens; sum++)
        {
            code.Vmovdqu32(Sum(sum), new Address(Position, sum * PanelLayout.Rows * sizeof(float)));
        }

        if (tokens > PrefetchTokens)
        {
            code.Mov(Ahead, new Address(Tile, Offset(nameof(PanelTile.Ahead))));
        }

        code.Mov(Position, new Address(Tile, Offset(nameof(PanelTile.NegativeLength))));
        var loop = code.Here;
        for (var block = 0; block < 2; block++)
        {
            WriteBlock(code, codes, panels, tokens, block);
        }

        for (var panel = 0; panel < panels; panel++)
        {
            code.Add(PanelRegisters[panel], PanelLayout.StepBytes(codes));
        }

        if (tokens > PrefetchTokens)
        {
            code.Add(Ahead, AheadBytes);
        }

        code.Add(Position, PanelLayout.RecordBytes);
        code.Jnz(loop);
        WriteEnd(code, panels * tokens);
        return code.ToArray();
    }

    private static void WriteBlock(Assembler code, PanelCodes codes, int panels, int tokens, int block)
    {
        var sums = panels * tokens;
        for (var sum = 0; sum < sums; sum++)
        {
            code.Vpxord(Product(sum), Product(sum), Product(sum));
        }

        if (tokens <= PrefetchTokens)
        {
            WritePrefetches(code, codes, panels, block);
        }
        else if (block == 0)
        {
            for (var line = 0; line < AheadLines; line++)
            {
                code.Prefetcht1(new Address(Ahead, line * CacheLine));
            }
        }

        // Upper bytes first: what they come to is shifted up, and the lower bytes are added to it.
        WritePlane(code, codes, panels, tokens, block, 0);
        for (var sum = 0; sum < sums; sum++)
        {
            code.Vpslld(Product(sum), Product(sum), 8);
            code.VpadddBroadcast(Product(sum), Product(sum), Record(sum % tokens, PanelLayout.Correction(codes, block)));
        }

        WritePlane(code, codes, panels, tokens, block, PanelLayout.LowerPlane);
        for (var panel = 0; panel < panels; panel++)
        {
            code.Vcvtph2ps(Scales, new Address(PanelRegisters[panel], block * PanelLayout.BlockScaleBytes));
            for (var token = 0; token < tokens; token++)
            {
                var sum = (panel * tokens) + token;
                code.Vcvtdq2ps(Product(sum), Product(sum));
                code.VmulpsBroadcast(Product(sum), Product(sum), Record(token, PanelLayout.InputScales + (block * sizeof(float))));
                code.Vfmadd231ps(Sum(sum), Product(sum), Scales);
            }
        }
    }

    private static void WritePlane(Assembler code, PanelCodes codes, int panels, int tokens, int block, int plane)
    {
        for (var group = 0; group < PanelLayout.Groups; group++)
        {
            for (var panel = 0; panel < panels; panel++)
            {
                WriteLoad(code, codes, panel, block, group);
            }

            for (var token = 0; token < tokens; token++)
            {
                var input = Record(token, (block * PanelLayout.InputBlockBytes) + plane + (group * sizeof(int)));
                if (panels == 1)
                {
                    code.VpdpbusdBroadcast(Product(token), Weights(0), input);
                    continue;
                }

                code.Vpbroadcastd(Input, input);
                for (var panel = 0; panel < panels; panel++)
                {
                    code.Vpdpbusd(Product((panel * tokens) + token), Weights(panel), Input);
                }
            }
        }
    }

    private static void WriteLoad(Assembler code, PanelCodes codes, int panel, int block, int group)
    {
        var place = codes == PanelCodes.EightBit ? group : group % 4;
        var first = PanelLayout.CodesOffset + (block * PanelLayout.BlockCodeBytes(codes));
        code.Vmovdqu32(Weights(panel), new Address(PanelRegisters[panel], first + (place * PanelLayout.GroupBytes)));
        if (codes == PanelCodes.FourBit)
        {
            if (place != group)
            {
                code.Vpsrlw(Weights(panel), Weights(panel), 4);
            }

            code.Vpandd(Weights(panel), Weights(panel), Mask);
        }
    }

    private static void WritePrefetches(Assembler code, PanelCodes codes, int panels, int block)
    {
        // Scales go with the first block.
        var from = block == 0 ? 0 : PanelLayout.CodesOffset + PanelLayout.BlockCodeBytes(codes);
        var to = PanelLayout.CodesOffset + ((block + 1) * PanelLayout.BlockCodeBytes(codes));
        for (var line = from; line < to; line += CacheLine)
        {
            for (var panel = 0; panel < panels; panel++)
            {
                code.Prefetcht0(new Address(PanelRegisters[panel], PrefetchDistance + line));
            }
        }
    }

    private static void WriteEnd(Assembler code, int sums)
    {
        code.Mov(Position, new Address(Tile, Offset(nameof(PanelTile.Products))));
        for (var sum = 0; sum < sums; sum++)
        {
            code.Vmovups(new Address(Position, sum * PanelLayout.Rows * sizeof(float)), Sum(sum));
        }

        code.Vzeroupper();
        foreach (var register in Saved.Reverse())
        {
            code.Pop(register);
        }

        code.Ret();
    }

    /// <summary>The float32 sums of a panel and a token.</summary>
    private static Zmm Sum(int index) => new(index);

    /// <summary>The integer sums of a panel and a token over a block.</summary>
    private static Zmm Product(int index) => new(MaxSums + index);

    private static Zmm Weights(int panel) => new(FirstWeights.Number + panel);

    private static Address Record(int token, int offset) => new(TokenRegisters[token], Position, offset);

    private static int Offset(string field) => (int)Marshal.OffsetOf<PanelTile>(field);
}
