using Gateway.Engine.Kernels.Cpu.MachineCode;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>
/// The machine code of <see cref="VnniPanelKernel"/> for one or two tokens, which wait for weights to come from memory: many panels at once, so
/// that memory is read in as many places, and each line of weights is looked at once. A function per tile shape, <c>void (PanelTile*)</c> in
/// the System V convention.
/// </summary>
internal static class VnniStreamCode
{
    /// <summary>Most tokens of a tile.</summary>
    public const int MaxTokens = 2;

    // A tile has three vectors in registers for each panel and token: float32 sums, and integer sums of upper and of lower bytes.
    private const int MaxSums = 8;

    // So far ahead are all panels' weights asked for together, in bytes.
    private const int PrefetchBytes = 4096;

    private const Gpr Tile = VnniFrame.Tile;
    private const Gpr Position = VnniFrame.Position;

    private static readonly VnniFrame Frame = new(
        Panels: [Gpr.Rcx, Gpr.Rdx, Gpr.R8, Gpr.R9, Gpr.R10, Gpr.R11, Gpr.Rbx, Gpr.Rbp],
        Tokens: [Gpr.Rsi, Gpr.R13],
        Saved: [Gpr.Rbx, Gpr.Rbp, Gpr.R13],
        Mask: new(31));

    private static readonly Zmm Weights = new(28);
    private static readonly Zmm Scales = new(30);

    /// <summary>The most panels with that many tokens: 8 or 4.</summary>
    public static int PanelsFor(int tokens) => MaxSums / tokens;

    /// <param name="codes">The weights' codes.</param>
    /// <param name="panels">1, 2, 4 or 8.</param>
    /// <param name="tokens">1 to <see cref="MaxTokens"/>.</param>
    public static byte[] Write(PanelCodes codes, int panels, int tokens)
    {
        var code = new Assembler();
        Frame.Begin(code, codes, panels, tokens);
        code.Mov(Position, new Address(Tile, VnniFrame.Offset(nameof(PanelTile.Products))));
        for (var sum = 0; sum < panels * tokens; sum++)
        {
            code.Vmovdqu32(Sum(sum), new Address(Position, sum * PanelLayout.Rows * sizeof(float)));
        }

        code.Mov(Position, new Address(Tile, VnniFrame.Offset(nameof(PanelTile.NegativeLength))));
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

        code.Add(Position, PanelLayout.RecordBytes);
        code.Jnz(loop);
        code.Mov(Position, new Address(Tile, VnniFrame.Offset(nameof(PanelTile.Products))));
        for (var sum = 0; sum < panels * tokens; sum++)
        {
            code.Vmovups(new Address(Position, sum * PanelLayout.Rows * sizeof(float)), Sum(sum));
        }

        Frame.End(code);
        return code.ToArray();
    }

    private static void WriteProducts(Assembler code, PanelCodes codes, int panels, int tokens, int block)
    {
        Frame.WriteFirstSums(code, codes, panels * tokens, tokens, block, Upper, Lower);
        if (block == 0)
        {
            WritePrefetches(code, panels, 0);
        }

        var lines = PanelLayout.BlockCodeBytes(codes) / PanelLayout.GroupBytes;
        for (var group = 0; group < PanelLayout.Groups; group++)
        {
            var line = PanelLayout.CodesOffset + (block * PanelLayout.BlockCodeBytes(codes)) + (group % lines * PanelLayout.GroupBytes);
            if (group < lines)
            {
                WritePrefetches(code, panels, line);
            }

            for (var token = 0; token < tokens; token++)
            {
                var input = (block * PanelLayout.InputBlockBytes) + (group * sizeof(int));
                code.Vpbroadcastd(UpperInput(token), Frame.Record(token, input));
                code.Vpbroadcastd(LowerInput(token), Frame.Record(token, input + PanelLayout.LowerPlane));
            }

            for (var panel = 0; panel < panels; panel++)
            {
                code.Vmovdqu32(Weights, new Address(Frame.Panels[panel], line));
                if (codes == PanelCodes.FourBit)
                {
                    if (group >= lines)
                    {
                        code.Vpsrlw(Weights, Weights, 4);
                    }

                    code.Vpandd(Weights, Weights, Frame.Mask);
                }

                for (var token = 0; token < tokens; token++)
                {
                    code.Vpdpbusd(Upper((panel * tokens) + token), Weights, UpperInput(token));
                    code.Vpdpbusd(Lower((panel * tokens) + token), Weights, LowerInput(token));
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
                var sum = (panel * tokens) + token;
                code.Vpslld(Upper(sum), Upper(sum), 8);
                code.Vpaddd(Upper(sum), Upper(sum), Lower(sum));
                code.Vcvtdq2ps(Upper(sum), Upper(sum));
                code.VmulpsBroadcast(Upper(sum), Upper(sum), Frame.Record(token, PanelLayout.InputScales + (block * sizeof(float))));
                code.Vfmadd231ps(Sum(sum), Upper(sum), Scales);
            }
        }
    }

    private static void WritePrefetches(Assembler code, int panels, int line)
    {
        for (var panel = 0; panel < panels; panel++)
        {
            code.Prefetcht0(new Address(Frame.Panels[panel], (PrefetchBytes / panels) + line));
        }
    }

    /// <summary>The float32 sums of a panel and a token.</summary>
    private static Zmm Sum(int index) => new(index);

    /// <summary>The integer sums of a panel and a token over a block: of the products with inputs' upper bytes.</summary>
    private static Zmm Upper(int index) => new(MaxSums + index);

    /// <summary>Likewise, with lower bytes.</summary>
    private static Zmm Lower(int index) => new((2 * MaxSums) + index);

    private static Zmm UpperInput(int token) => new(24 + (2 * token));

    private static Zmm LowerInput(int token) => new(25 + (2 * token));
}
