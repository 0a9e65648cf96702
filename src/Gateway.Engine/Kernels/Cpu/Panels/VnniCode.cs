using Gateway.Engine.Kernels.Cpu.MachineCode;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>
/// The machine code of <see cref="VnniPanelKernel"/> where weights stay in a cache, for any number of tokens: a function per tile shape,
/// <c>void (PanelTile*)</c> in the System V convention.
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

    // Packed codes have no minima: one register does for both.
    private static readonly Zmm Minima = Frame.Mask;

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
        Frame.Begin(code, codes.IsPacked, panels, tokens);
        if (tokens > PrefetchTokens)
        {
            code.Mov(Ahead, new Address(Tile, VnniFrame.Offset(nameof(PanelTile.Ahead))));
        }

        code.Mov(Position, new Address(Tile, VnniFrame.Offset(nameof(PanelTile.NegativeLength))));
        code.Mov(Sums, new Address(Tile, VnniFrame.Offset(nameof(PanelTile.Products))));
        var loop = code.Here;
        for (var sum = 0; sum < 2 * codes.SumsPerBlock; sum++)
        {
            WriteProducts(code, codes, panels, tokens, sum);
            WriteSums(code, codes, panels, tokens, sum);
        }

        for (var panel = 0; panel < panels; panel++)
        {
            code.Add(Frame.Panels[panel], codes.StepBytes);
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

    private static void WriteProducts(Assembler code, PanelCodes codes, int panels, int tokens, int sum)
    {
        var (block, first) = (sum / codes.SumsPerBlock, sum % codes.SumsPerBlock * codes.GroupsPerSum);
        Frame.WriteFirstSums(code, codes, panels * tokens, tokens, 0, sum, Upper, Lower);
        if (first == 0)
        {
            WritePrefetches(code, codes, panels, tokens, block);
        }

        for (var group = first; group < first + codes.GroupsPerSum; group++)
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

    private static void WriteSums(Assembler code, PanelCodes codes, int panels, int tokens, int sum)
    {
        var block = sum / codes.SumsPerBlock;
        for (var panel = 0; panel < panels; panel++)
        {
            PanelScalesCode.Write(code, codes, new Address(Frame.Panels[panel], sum * codes.ScaleBytes), Scales, Minima);
            for (var token = 0; token < tokens; token++)
            {
                var index = (panel * tokens) + token;
                var (product, total) = (Upper(index), new Address(Sums, index * PanelLayout.Rows * sizeof(float)));
                code.Vpslld(product, product, 8);
                code.Vpaddd(product, product, Lower(index));
                code.Vcvtdq2ps(product, product);
                code.VmulpsBroadcast(product, product, Frame.Record(token, PanelLayout.InputScales + (block * sizeof(float))));
                code.Vfmadd213ps(product, Scales, total);
                if (codes.HasMinima)
                {
                    code.Vfmadd231psBroadcast(product, Minima, Frame.Record(token, PanelLayout.InputSums + (block * sizeof(float))));
                }

                code.Vmovups(total, product);
            }
        }
    }

    private static void WriteLoad(Assembler code, PanelCodes codes, int panel, int block, int group)
    {
        var place = codes.IsPacked ? group % 4 : group;
        var first = codes.CodesOffset + (block * codes.BlockBytes);
        code.Vmovdqu32(Weights(panel), new Address(Frame.Panels[panel], first + (place * PanelLayout.GroupBytes)));
        if (codes.IsPacked)
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

        if (codes.IsExpanded)
        {
            return;
        }

        // Scales go with the first block.
        var from = block == 0 ? 0 : codes.CodesOffset + codes.BlockBytes;
        var to = codes.CodesOffset + ((block + 1) * codes.BlockBytes);
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
