using System.Numerics;
using System.Runtime.Intrinsics.X86;
using Gateway.Engine.Kernels.Cpu.MachineCode;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>AVX-512 with VNNI: products of bytes, four to a lane (vpdpbusd on 512 bits), by machine code of our own.</summary>
internal sealed unsafe class VnniPanelKernel : PanelKernel
{
    // 1, 2, 4 and 8 panels.
    private const int Widths = 4;

    // By codes, log2 of panels, tokens.
    private readonly nint[] _functions;

    /// <exception cref="CpuKernelException">The system refuses executable pages.</exception>
    public VnniPanelKernel()
    {
        var code = new byte[2 * Widths * VnniCode.MaxTokens][];
        foreach (var codes in Enum.GetValues<PanelCodes>())
        {
            for (var tokens = 1; tokens <= VnniCode.MaxTokens; tokens++)
            {
                for (var panels = 1; panels <= PanelsFor(tokens); panels *= 2)
                {
                    code[Index(codes, panels, tokens)] = tokens <= VnniStreamCode.MaxTokens
                        ? VnniStreamCode.Write(codes, panels, tokens)
                        : VnniCode.Write(codes, panels, tokens);
                }
            }
        }

        _functions = ExecutableMemory.Place(Array.ConvertAll(code, function => function ?? []));
    }

    /// <summary>Whether this processor has it, and the system keeps its registers and calls functions as the machine code expects.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && Avx512BW.IsSupported && CpuFeatures.HasVnni;

    public override bool SplitsInputs => true;

    public override int BestTokens => VnniCode.MaxTokens;

    public override int AheadBytes => VnniCode.AheadBytes;

    public override int PanelsFor(int tokens) =>
        tokens <= VnniStreamCode.MaxTokens ? VnniStreamCode.PanelsFor(tokens) : VnniCode.PanelsFor(tokens);

    public override void Multiply(PanelTile* tile, PanelCodes codes, int panels, int tokens) =>
        ((delegate* unmanaged[SuppressGCTransition]<PanelTile*, void>)_functions[Index(codes, panels, tokens)])(tile);

    private static int Index(PanelCodes codes, int panels, int tokens) =>
        (((((int)codes * Widths) + BitOperations.Log2((uint)panels)) * VnniCode.MaxTokens) + tokens) - 1;
}
