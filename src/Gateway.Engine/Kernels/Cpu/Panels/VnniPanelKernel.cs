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

    // By format, log2 of panels, tokens.
    private readonly nint[] _streams;

    /// <exception cref="CpuKernelException">The system refuses executable pages.</exception>
    public VnniPanelKernel()
    {
        var functions = new byte[PanelCodes.All.Count * Widths * VnniCode.MaxTokens][];
        var streams = new byte[PanelFormat.All.Count * Widths * VnniStreamCode.MaxTokens][];
        for (var tokens = 1; tokens <= VnniCode.MaxTokens; tokens++)
        {
            for (var panels = 1; panels <= VnniCode.PanelsFor(tokens); panels *= 2)
            {
                foreach (var codes in PanelCodes.All)
                {
                    functions[Index(codes, panels, tokens)] = VnniCode.Write(codes, panels, tokens);
                }
            }
        }

        for (var tokens = 1; tokens <= VnniStreamCode.MaxTokens; tokens++)
        {
            for (var panels = 1; panels <= VnniStreamCode.PanelsFor(tokens); panels *= 2)
            {
                foreach (var format in PanelFormat.All)
                {
                    streams[Index(format, panels, tokens)] = VnniStreamCode.Write(format, panels, tokens);
                }
            }
        }

        _functions = ExecutableMemory.Place(Array.ConvertAll(functions, function => function ?? []));
        _streams = ExecutableMemory.Place(Array.ConvertAll(streams, function => function ?? []));
    }

    /// <summary>Whether this processor has it, and the system keeps its registers and calls functions as the machine code expects.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && Avx512BW.IsSupported && CpuFeatures.HasVnni;

    public override bool SplitsInputs => true;

    public override int BestTokens => VnniCode.MaxTokens;

    public override int AheadBytes => VnniCode.AheadBytes;

    public override int PanelsFor(int tokens) => Streams(tokens) ? VnniStreamCode.PanelsFor(tokens) : VnniCode.PanelsFor(tokens);

    public override bool Streams(int tokens) => tokens <= VnniStreamCode.MaxTokens;

    public override void Stream(PanelTile* tile, PanelFormat format, int panels, int tokens)
    {
        tile->HighMask = VnniStreamCode.HighMask(format);
        ((delegate* unmanaged[SuppressGCTransition]<PanelTile*, void>)_streams[Index(format, panels, tokens)])(tile);
    }

    public override void Multiply(PanelTile* tile, PanelCodes codes, int panels, int tokens) =>
        ((delegate* unmanaged[SuppressGCTransition]<PanelTile*, void>)_functions[Index(codes, panels, tokens)])(tile);

    private static int Index(PanelCodes codes, int panels, int tokens) =>
        ((((codes.Index * Widths) + BitOperations.Log2((uint)panels)) * VnniCode.MaxTokens) + tokens) - 1;

    private static int Index(PanelFormat format, int panels, int tokens) =>
        ((((format.Index * Widths) + BitOperations.Log2((uint)panels)) * VnniStreamCode.MaxTokens) + tokens) - 1;
}
