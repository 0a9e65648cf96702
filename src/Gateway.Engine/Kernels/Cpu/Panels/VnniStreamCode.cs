using Gateway.Engine.Kernels.Cpu.MachineCode;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>
/// The machine code of <see cref="VnniPanelKernel"/> for one or two tokens, which wait for weights to come from memory: many panels at once, so
/// that memory is read in as many places; units of every format are read in place, and each line of weights is looked at once. A function per
/// tile shape, <c>void (PanelTile*)</c> in the System V convention.
/// </summary>
internal static class VnniStreamCode
{
    /// <summary>Most tokens of a tile.</summary>
    public const int MaxTokens = 2;

    // A tile has three vectors in registers for each panel and token: float32 sums, and integer sums of upper and of lower bytes.
    private const int MaxSums = 8;

    // So far ahead are all panels' weights asked for together, in bytes.
    private const int PrefetchBytes = 4096;

    private const int CacheLine = 64;

    private const Gpr Tile = VnniFrame.Tile;
    private const Gpr Position = VnniFrame.Position;

    private static readonly VnniFrame Frame = new(
        Panels: [Gpr.Rcx, Gpr.Rdx, Gpr.R8, Gpr.R9, Gpr.R10, Gpr.R11, Gpr.Rbx, Gpr.Rbp],
        Tokens: [Gpr.Rsi, Gpr.R13],
        Saved: [Gpr.Rbx, Gpr.Rbp, Gpr.R13],
        Mask: new(31));

    // While products are made: codes, and their high bits. While sums are: the factors of scales; minima; scales.
    private static readonly Zmm Weights = new(28);
    private static readonly Zmm Factors = new(28);
    private static readonly Zmm HighBits = new(29);
    private static readonly Zmm Minima = new(29);
    private static readonly Zmm Scales = new(30);

    /// <summary>The most panels with that many tokens: 8 or 4.</summary>
    public static int PanelsFor(int tokens) => MaxSums / tokens;

    /// <summary>What <see cref="PanelTile.HighMask"/> must be.</summary>
    public static uint HighMask(PanelFormat format) => format.Bits is 5 or 6 ? ((1u << (format.Bits - 4)) - 1) * 0x10101010 : 0;

    /// <param name="format">The weights' format.</param>
    /// <param name="panels">1, 2, 4 or 8.</param>
    /// <param name="tokens">1 to <see cref="MaxTokens"/>.</param>
    public static byte[] Write(PanelFormat format, int panels, int tokens)
    {
        var code = new Assembler();
        Frame.Begin(code, format.Bits < 8, panels, tokens);
        code.Mov(Position, new Address(Tile, VnniFrame.Offset(nameof(PanelTile.Products))));
        for (var sum = 0; sum < panels * tokens; sum++)
        {
            code.Vmovdqu32(Sum(sum), new Address(Position, sum * PanelLayout.Rows * sizeof(float)));
        }

        code.Mov(Position, new Address(Tile, VnniFrame.Offset(nameof(PanelTile.NegativeLength))));
        var loop = code.Here;
        WritePrefetches(code, panels, 0, format.BlockOffset(0));
        for (var block = 0; block < 2 * format.UnitSteps; block++)
        {
            for (var part = 0; part < format.Codes.SumsPerBlock; part++)
            {
                WriteProducts(code, format, panels, tokens, block, part);
                WriteSums(code, format, panels, tokens, block, part);
            }
        }

        for (var panel = 0; panel < panels; panel++)
        {
            code.Add(Frame.Panels[panel], format.UnitBytes);
        }

        code.Add(Position, format.UnitSteps * PanelLayout.RecordBytes);
        code.Jnz(loop);
        code.Mov(Position, new Address(Tile, VnniFrame.Offset(nameof(PanelTile.Products))));
        for (var sum = 0; sum < panels * tokens; sum++)
        {
            code.Vmovups(new Address(Position, sum * PanelLayout.Rows * sizeof(float)), Sum(sum));
        }

        Frame.End(code);
        return code.ToArray();
    }

    private static void WriteProducts(Assembler code, PanelFormat format, int panels, int tokens, int block, int part)
    {
        var codes = format.Codes;
        var (record, inRecord) = (block / 2, block % 2);
        Frame.WriteFirstSums(code, codes, panels * tokens, tokens, record, (inRecord * codes.SumsPerBlock) + part, Upper, Lower);
        var blockBytes = format.BlockOffset(block + 1) - format.BlockOffset(block);
        for (var group = part * codes.GroupsPerSum; group < (part + 1) * codes.GroupsPerSum; group++)
        {
            // A block's lines are shared out among its groups.
            var (from, to) = (group * blockBytes / PanelLayout.Groups, (group + 1) * blockBytes / PanelLayout.Groups);
            WritePrefetches(code, panels, format.BlockOffset(block) + Line(from), format.BlockOffset(block) + Line(to));
            for (var token = 0; token < tokens; token++)
            {
                var input = (record * PanelLayout.RecordBytes) + (inRecord * PanelLayout.InputBlockBytes) + (group * sizeof(int));
                code.Vpbroadcastd(UpperInput(token), Frame.Record(token, input));
                code.Vpbroadcastd(LowerInput(token), Frame.Record(token, input + PanelLayout.LowerPlane));
            }

            for (var panel = 0; panel < panels; panel++)
            {
                WriteLoad(code, format, panel, block, group);
                for (var token = 0; token < tokens; token++)
                {
                    code.Vpdpbusd(Upper((panel * tokens) + token), Weights, UpperInput(token));
                    code.Vpdpbusd(Lower((panel * tokens) + token), Weights, LowerInput(token));
                }
            }
        }

        static int Line(int bytes) => (bytes + CacheLine - 1) / CacheLine * CacheLine;
    }

    /// <summary>The codes of a group; <see cref="PackedCodes"/> says how they lie.</summary>
    private static void WriteLoad(Assembler code, PanelFormat format, int panel, int block, int group)
    {
        var first = new Address(Frame.Panels[panel], format.BlockOffset(block));
        if (format.Bits == 8)
        {
            code.Vmovdqu32(Weights, first.Plus(group * PanelLayout.GroupBytes));
            return;
        }

        const int LowLines = PanelLayout.Groups / 2;
        code.Vmovdqu32(Weights, first.Plus(group % LowLines * PanelLayout.GroupBytes));
        if (group >= LowLines)
        {
            code.Vpsrlw(Weights, Weights, 4);
        }

        code.Vpandd(Weights, Weights, Frame.Mask);
        var highBits = format.Bits - 4;
        if (highBits > 0)
        {
            // To where the fifth bit belongs.
            var from = group / highBits * highBits;
            code.Vmovdqu32(HighBits, first.Plus((LowLines + (group % highBits)) * PanelLayout.GroupBytes));
            if (from < 4)
            {
                code.Vpsllw(HighBits, HighBits, (byte)(4 - from));
            }
            else if (from > 4)
            {
                code.Vpsrlw(HighBits, HighBits, (byte)(from - 4));
            }

            code.VpanddBroadcast(HighBits, HighBits, new Address(Tile, VnniFrame.Offset(nameof(PanelTile.HighMask))));
            code.Vpord(Weights, Weights, HighBits);
        }
    }

    private static void WriteSums(Assembler code, PanelFormat format, int panels, int tokens, int block, int part)
    {
        var (record, inRecord) = (block / 2 * PanelLayout.RecordBytes, block % 2 * sizeof(float));
        for (var panel = 0; panel < panels; panel++)
        {
            WriteScales(code, format, panel, (block * format.Codes.SumsPerBlock) + part);
            for (var token = 0; token < tokens; token++)
            {
                var index = (panel * tokens) + token;
                var product = Upper(index);
                code.Vpslld(product, product, 8);
                code.Vpaddd(product, product, Lower(index));
                code.Vcvtdq2ps(product, product);
                code.VmulpsBroadcast(product, product, Frame.Record(token, record + PanelLayout.InputScales + inRecord));
                code.Vfmadd231ps(Sum(index), product, Scales);
                if (format.Codes.HasMinima)
                {
                    code.Vfmadd231psBroadcast(Sum(index), Minima, Frame.Record(token, record + PanelLayout.InputSums + inRecord));
                }
            }
        }
    }

    private static void WriteScales(Assembler code, PanelFormat format, int panel, int sum)
    {
        var unit = new Address(Frame.Panels[panel]);
        if (!format.HasByteScales)
        {
            code.Vcvtph2ps(Scales, unit.Plus(format.ScalesOffset(sum)));
            return;
        }

        WriteScaled(code, Scales, unit.Plus(format.ScalesOffset(sum)), unit);
        if (format.Codes.HasMinima)
        {
            WriteScaled(code, Minima, unit.Plus(format.MinimaOffset(sum)), unit.Plus(PanelLayout.Rows * sizeof(ushort)));
        }
    }

    private static void WriteScaled(Assembler code, Zmm target, Address bytes, Address factors)
    {
        code.Vpmovsxbd(target, bytes);
        code.Vcvtdq2ps(target, target);
        code.Vcvtph2ps(Factors, factors);
        code.Vmulps(target, target, Factors);
    }

    private static void WritePrefetches(Assembler code, int panels, int from, int to)
    {
        for (var line = from; line < to; line += CacheLine)
        {
            for (var panel = 0; panel < panels; panel++)
            {
                code.Prefetcht0(new Address(Frame.Panels[panel], (PrefetchBytes / panels) + line));
            }
        }
    }

    /// <summary>The float32 sums of a panel and a token.</summary>
    private static Zmm Sum(int index) => new(index);

    /// <summary>The integer sums of a panel and a token: of the products with inputs' upper bytes.</summary>
    private static Zmm Upper(int index) => new(MaxSums + index);

    /// <summary>Likewise, with lower bytes.</summary>
    private static Zmm Lower(int index) => new((2 * MaxSums) + index);

    private static Zmm UpperInput(int token) => new(24 + (2 * token));

    private static Zmm LowerInput(int token) => new(25 + (2 * token));
}
