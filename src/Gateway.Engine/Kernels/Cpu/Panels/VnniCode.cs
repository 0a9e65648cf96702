using Gateway.Engine.Kernels.Cpu.MachineCode;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>
/// The machine code of <see cref="VnniPanelKernel"/> for three tokens and more: a function per tile shape, <c>void (PanelTile*)</c> in the
/// System V convention.
/// </summary>
/// <remarks>
/// A tile has two integer vectors for each panel and token in registers, the sums over a block of upper and of lower bytes: a sum that waits for
/// its last product is then never waited for. The float32 sums are in the first-level cache, and are touched once per block.
/// </remarks>
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

    // The tile's address gives way to that of the float32 sums.
    private const Gpr Tile = VnniFrame.Tile;
    private const Gpr Sums = Tile;
    private const Gpr Position = VnniFrame.Position;

    // One of the panels' registers: where more than a few tokens are computed, there are two panels at most.
    private const Gpr Ahead = Gpr.R10;

    private static readonly VnniFrame Frame = new(
        Panels: [Gpr.Rcx, Gpr.Rdx, Gpr.R10, Gpr.R11],
        Tokens: [Gpr.Rsi, Gpr.R8, Gpr.R9, Gpr.Rbx, Gpr.Rbp, Gpr.R12],
        Saved: [Gpr.Rbx, Gpr.Rbp, Gpr.R12],
        Mask: new(31));

    private static readonly Zmm FirstWeights = new(24);
    private static readonly Zmm UpperInput = new(28);
    private static readonly Zmm LowerInput = new(29);
    private static readonly Zmm Scales = new(30);

    /// <summary>Most tokens of a tile.</summary>
    public static int MaxTokens => Frame.Tokens.Length;

    /// <summary>Bytes that a tile of more than a few tokens asks for in each step.</summary>
    public static int AheadBytes => AheadLines * CacheLine;

    /// <summary>The most panels with that many tokens: 4 or 2.</summary>
    public static int PanelsFor(int tokens) => tokens <= MaxSums / 4 ? 4 : 2;

    /// <param name="codes">The weights' codes.</param>
    /// <param name="panels">1, 2 or 4.</param>
    /// <param name="tokens">1 to <see cref="MaxTokens"/>.</param>
    public static byte[] Write(PanelCodes codes, int panels, int tokens)
    {
        var code = new Assembler();
        Frame.Begin(code, codes, panels, tokens);
        if (tokens > PrefetchTokens)
        {
            code.Mov(Ahead, new Address(Tile, VnniFrame.Offset(nameof(PanelTile.Ahead))));
        }

        code.Mov(Position, new Address(Tile, VnniFrame.Offset(nameof(PanelTile.NegativeLength))));
        code.Mov(Sums, new Address(Tile, VnniFrame.Offset(nameof(PanelTile.Products))));
        var loop = code.Here;
        for (var block = 0; block < 2; block++)
        {
            WriteProducts(code, codes, panels, tokens, block);
            WriteSums(code, panels, tokens, block);
        }

        for (var panel = 0; panel < panels; panel++)
        {
            code.Add(Frame.Panels[panel], PanelLayout.StepBytes(codes));
        }

        if (tokens > PrefetchTokens)
        {
            code.Add(Ahead, AheadBytes);
        }

        code.Add(Position, PanelLayout.RecordBytes);
        code.Jnz(loop);
        Frame.End(code);
        return code.ToArray();
    }

    private static void WriteProducts(Assembler code, PanelCodes codes, int panels, int tokens, int block)
    {
        Frame.WriteFirstSums(code, codes, panels * tokens, tokens, block, Upper, Lower);
        WritePrefetches(code, codes, panels, tokens, block);
        for (var group = 0; group < PanelLayout.Groups; group++)
        {
            for (var panel = 0; panel < panels; panel++)
            {
                WriteLoad(code, codes, panel, block, group);
            }

            for (var token = 0; token < tokens; token++)
            {
                var input = (block * PanelLayout.InputBlockBytes) + (group * sizeof(int));
                code.Vpbroadcastd(UpperInput, Frame.Record(token, input));
                code.Vpbroadcastd(LowerInput, Frame.Record(token, input + PanelLayout.LowerPlane));
                for (var panel = 0; panel < panels; panel++)
                {
                    code.Vpdpbusd(Upper((panel * tokens) + token), Weights(panel), UpperInput);
                    code.Vpdpbusd(Lower((panel * tokens) + token), Weights(panel), LowerInput);
                }
            }
        }
    }

    private static void WriteSums(Assembler code, int panels, int tokens, int block)
    {
        for (var panel = 0; panel < panels; panel++)
        {
            code.Vcvtph2ps(Scales, new Address(Frame.Panels[panel], block * PanelLayout.BlockScaleBytes));
            for (var token = 0; token < tokens; token++)
            {
                var index = (panel * tokens) + token;
                var (product, sum) = (Upper(index), new Address(Sums, index * PanelLayout.Rows * sizeof(float)));
                code.Vpslld(product, product, 8);
                code.Vpaddd(product, product, Lower(index));
                code.Vcvtdq2ps(product, product);
                code.VmulpsBroadcast(product, product, Frame.Record(token, PanelLayout.InputScales + (block * sizeof(float))));
                code.Vfmadd213ps(product, Scales, sum);
                code.Vmovups(sum, product);
            }
        }
    }

    private static void WriteLoad(Assembler code, PanelCodes codes, int panel, int block, int group)
    {
        var place = codes == PanelCodes.EightBit ? group : group % 4;
        var first = PanelLayout.CodesOffset + (block * PanelLayout.BlockCodeBytes(codes));
        code.Vmovdqu32(Weights(panel), new Address(Frame.Panels[panel], first + (place * PanelLayout.GroupBytes)));
        if (codes == PanelCodes.FourBit)
        {
            if (place != group)
            {
                code.Vpsrlw(Weights(panel), Weights(panel), 4);
            }

            code.Vpandd(Weights(panel), Weights(panel), Frame.Mask);
        }
    }

    private static void WritePrefetches(Assembler code, PanelCodes codes, int panels, int tokens, int block)
    {
        if (tokens > PrefetchTokens)
        {
            for (var line = 0; block == 0 && line < AheadLines; line++)
            {
                code.Prefetcht1(new Address(Ahead, line * CacheLine));
            }

            return;
        }

        // Scales go with the first block.
        var from = block == 0 ? 0 : PanelLayout.CodesOffset + PanelLayout.BlockCodeBytes(codes);
        var to = PanelLayout.CodesOffset + ((block + 1) * PanelLayout.BlockCodeBytes(codes));
        for (var line = from; line < to; line += CacheLine)
        {
            for (var panel = 0; panel < panels; panel++)
            {
                code.Prefetcht0(new Address(Frame.Panels[panel], PrefetchDistance + line));
            }
        }
    }

    /// <summary>The integer sums of a panel and a token over a block: of the products with inputs' upper bytes.</summary>
    private static Zmm Upper(int index) => new(index);

    /// <summary>Likewise, with lower bytes.</summary>
    private static Zmm Lower(int index) => new(MaxSums + index);

    private static Zmm Weights(int panel) => new(FirstWeights.Number + panel);
}
