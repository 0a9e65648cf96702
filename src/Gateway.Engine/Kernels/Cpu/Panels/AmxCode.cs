using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu.MachineCode;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>
/// The machine code of <see cref="AmxPanelKernel"/>: a function per tile shape, <c>void (PanelTile*)</c> in the System V convention.
/// </summary>
/// <remarks>
/// The sums of 32 columns, or 16, are one product of tiles per panel and plane of the inputs: [tokens, 32] · [32, 16]. What comes out is stored, and
/// taken up again by vectors, which put the two planes together, correct, scale and add. That takes longer than the products; the
/// processor does both at once, for one sum does not wait for another.
/// </remarks>
internal static class AmxCode
{
    /// <summary>Most tokens of a tile.</summary>
    public const int MaxTokens = 16;

    /// <summary>Most panels of a tile.</summary>
    public const int MaxPanels = 2;

    /// <summary>Bytes of a tile register, and of one's store.</summary>
    public const int TileBytes = 1024;

    /// <summary>Bytes that <see cref="PanelTile.Scratch"/> must have: the products of two planes, and unpacked codes, per panel.</summary>
    public const int ScratchBytes = MaxPanels * ((2 * TileBytes) + UnpackedBytes);

    /// <summary>Bytes of a tile configuration.</summary>
    public const int ConfigurationBytes = 64;

    private const int UnpackedBytes = PanelLayout.Groups * PanelLayout.GroupBytes;
    private const int FirstUnpacked = MaxPanels * 2 * TileBytes;

    private const Gpr Tile = Gpr.Rdi;
    private const Gpr Position = Gpr.Rax;
    private const Gpr Input = Gpr.Rsi;
    private const Gpr InputStride = Gpr.R8;
    private const Gpr RowStride = Gpr.R9;
    private const Gpr Scratch = Gpr.R10;
    private const Gpr Products = Gpr.R11;
    private const Gpr Record = Gpr.Rbx;

    private static readonly Gpr[] PanelRegisters = [Gpr.Rcx, Gpr.Rdx];
    private static readonly Tmm Upper = new(4);
    private static readonly Tmm Lower = new(5);
    private static readonly Zmm Codes = new(0);
    private static readonly Zmm Mask = new(31);

    /// <summary>The shapes of the tiles for such codes and that many tokens (Software Developer's Manual, LDTILECFG).</summary>
    public static byte[] Configuration(PanelCodes codes, int tokens)
    {
        var configuration = new byte[ConfigurationBytes];
        configuration[0] = 1;
        for (var tile = 0; tile < 8; tile++)
        {
            // 0 to 3: products, a row of sixteen numbers per token; 4 and 5: planes of inputs; 6 and 7: weights, a row per group of columns.
            var (rows, bytes) = tile < 4 ? (tokens, 64) : tile < 6 ? (tokens, codes.SumColumns) : (codes.GroupsPerSum, PanelLayout.GroupBytes);
            configuration[16 + (2 * tile)] = (byte)bytes;
            configuration[48 + tile] = (byte)rows;
        }

        return configuration;
    }

    /// <param name="codes">The weights' codes.</param>
    /// <param name="panels">1 or 2.</param>
    /// <param name="tokens">1 to <see cref="MaxTokens"/>.</param>
    public static byte[] Write(PanelCodes codes, int panels, int tokens)
    {
        var code = new Assembler();
        code.Push(Record);
        code.Mov(Position, new Address(Tile, Offset(nameof(PanelTile.Configuration))));
        code.Ldtilecfg(new Address(Position));
        if (codes.IsPacked)
        {
            code.Mov(Position, 0x0F0F0F0F);
            code.Vpbroadcastd(Mask, Position);
        }

        for (var panel = 0; panel < panels; panel++)
        {
            code.Mov(PanelRegisters[panel], new Address(Tile, Offset(nameof(PanelTile.Panels)) + (panel * sizeof(ulong))));
        }

        code.Mov(Position, new Address(Tile, Offset(nameof(PanelTile.NegativeLength))));
        code.Mov(Input, new Address(Tile, Offset(nameof(PanelTile.InputEnd))));
        code.Lea(Input, new Address(Input, Position, 0));
        code.Mov(InputStride, new Address(Tile, Offset(nameof(PanelTile.InputStride))));
        code.Mov(RowStride, PanelLayout.GroupBytes);
        code.Mov(Scratch, new Address(Tile, Offset(nameof(PanelTile.Scratch))));
        code.Mov(Products, new Address(Tile, Offset(nameof(PanelTile.Products))));
        var loop = code.Here;
        for (var sum = 0; sum < 2 * codes.SumsPerBlock; sum++)
        {
            WriteProducts(code, codes, panels, sum);
            WriteSums(code, codes, panels, tokens, sum);
        }

        for (var panel = 0; panel < panels; panel++)
        {
            code.Add(PanelRegisters[panel], codes.StepBytes);
        }

        code.Add(Input, PanelLayout.RecordBytes);
        code.Add(Position, PanelLayout.RecordBytes);
        code.Jnz(loop);
        code.Tilerelease();
        code.Vzeroupper();
        code.Pop(Record);
        code.Ret();
        return code.ToArray();
    }

    /// <summary>The products of a sum, into scratch memory.</summary>
    private static void WriteProducts(Assembler code, PanelCodes codes, int panels, int sum)
    {
        var (block, part) = (sum / codes.SumsPerBlock, sum % codes.SumsPerBlock);
        var input = (block * PanelLayout.InputBlockBytes) + (part * codes.SumColumns);
        code.Tileloadd(Upper, new Address(Input, InputStride, input));
        code.Tileloadd(Lower, new Address(Input, InputStride, input + PanelLayout.LowerPlane));
        for (var panel = 0; panel < panels; panel++)
        {
            code.Tilezero(UpperProducts(panel));
            code.Tilezero(LowerProducts(panel));
            code.Tileloadd(Weights(panel), WriteUnpacked(code, codes, panel, sum));
            code.Tdpbsud(UpperProducts(panel), Upper, Weights(panel));
            code.Tdpbsud(LowerProducts(panel), Lower, Weights(panel));
        }

        for (var panel = 0; panel < panels; panel++)
        {
            code.Tilestored(new Address(Scratch, RowStride, 2 * panel * TileBytes), UpperProducts(panel));
            code.Tilestored(new Address(Scratch, RowStride, ((2 * panel) + 1) * TileBytes), LowerProducts(panel));
        }
    }

    /// <summary>Unpacks the codes of a sum, if they are packed; gives the place where they are bytes, with the distance of rows.</summary>
    private static Address WriteUnpacked(Assembler code, PanelCodes codes, int panel, int sum)
    {
        var first = codes.CodesOffset + (sum * codes.BlockBytes / codes.SumsPerBlock);
        if (!codes.IsPacked)
        {
            return new Address(PanelRegisters[panel], RowStride, first);
        }

        var target = FirstUnpacked + (panel * UnpackedBytes);
        for (var group = 0; group < PanelLayout.Groups; group++)
        {
            code.Vmovdqu32(Codes, new Address(PanelRegisters[panel], first + (group % 4 * PanelLayout.GroupBytes)));
            if (group >= 4)
            {
                code.Vpsrlw(Codes, Codes, 4);
            }

            code.Vpandd(Codes, Codes, Mask);
            code.Vmovups(new Address(Scratch, target + (group * PanelLayout.GroupBytes)), Codes);
        }

        return new Address(Scratch, RowStride, target);
    }

    /// <summary>Adds the products of a sum to the results, token by token.</summary>
    private static void WriteSums(Assembler code, PanelCodes codes, int panels, int tokens, int sum)
    {
        var block = sum / codes.SumsPerBlock;
        for (var panel = 0; panel < panels; panel++)
        {
            PanelScalesCode.Write(code, codes, new Address(PanelRegisters[panel], sum * codes.ScaleBytes), Scales(panel), Minima(panel));
        }

        code.Lea(Record, new Address(Input));
        for (var token = 0; token < tokens; token++)
        {
            for (var panel = 0; panel < panels; panel++)
            {
                // Registers in turn, so that their number does not hold up what is independent.
                var product = new Zmm(((token * panels) + panel) % 16);
                var row = (2 * panel * TileBytes) + (token * PanelLayout.GroupBytes);
                var result = new Address(Products, ((panel * tokens) + token) * PanelLayout.Rows * sizeof(float));
                code.Vmovdqu32(product, new Address(Scratch, row));
                code.Vpslld(product, product, 8);
                code.Vpaddd(product, product, new Address(Scratch, row + TileBytes));
                if (codes.Offset != 0)
                {
                    code.VpadddBroadcast(product, product, new Address(Record, codes.Correction(sum)));
                }

                code.Vcvtdq2ps(product, product);
                code.VmulpsBroadcast(product, product, new Address(Record, PanelLayout.InputScales + (block * sizeof(float))));
                code.Vfmadd213ps(product, Scales(panel), result);
                if (codes.HasMinima)
                {
                    code.Vfmadd231psBroadcast(product, Minima(panel), new Address(Record, PanelLayout.InputSums + (block * sizeof(float))));
                }

                code.Vmovups(result, product);
            }

            code.Lea(Record, new Address(Record, InputStride, 0));
        }
    }

    private static Tmm UpperProducts(int panel) => new(2 * panel);

    private static Tmm LowerProducts(int panel) => new((2 * panel) + 1);

    private static Tmm Weights(int panel) => new(6 + panel);

    private static Zmm Scales(int panel) => new(16 + panel);

    private static Zmm Minima(int panel) => new(18 + panel);

    private static int Offset(string field) => (int)Marshal.OffsetOf<PanelTile>(field);
}
