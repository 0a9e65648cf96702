using System.Numerics;
using System.Runtime.Intrinsics.X86;
using Gateway.Engine.Kernels.Cpu.MachineCode;
using Gateway.Engine.Kernels.Cpu.Panels;

namespace Gateway.Engine.Kernels.Cpu.BFloat16Panels;

/// <summary>AVX-512 with BF16: products of pairs (vdpbf16ps on 512 bits), by machine code of our own.</summary>
internal sealed unsafe class Avx512BFloat16Kernel : BFloat16Kernel
{
    // 1, 2, 4 and 8 panels.
    private const int Widths = 4;

    // By log2 of panels, tokens.
    private readonly nint[] _functions;

    /// <exception cref="CpuKernelException">The system refuses executable pages.</exception>
    public Avx512BFloat16Kernel()
    {
        var code = new byte[Widths * MaxTokens][];
        for (var tokens = 1; tokens <= MaxTokens; tokens++)
        {
            for (var panels = 1; panels <= PanelsFor(tokens); panels *= 2)
            {
                code[Index(panels, tokens)] = Avx512BFloat16Code.Write(panels, tokens);
            }
        }

        _functions = ExecutableMemory.Place(Array.ConvertAll(code, function => function ?? []));
    }

    /// <summary>Whether this processor has it, and the system keeps its registers and calls functions as the machine code expects.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && Avx512BW.IsSupported && CpuFeatures.HasAvx512BFloat16;

    public override string Name => "avx512-bf16";

    public override BFloat16Order Order => BFloat16Order.Pairs;

    public override bool WidensInputs => false;

    public override int MaxTokens => Avx512BFloat16Code.MaxTokens;

    public override int AheadBytes => Avx512BFloat16Code.AheadBytes;

    public override int PanelsFor(int tokens) => Avx512BFloat16Code.PanelsFor(tokens);

    public override void Multiply(PanelTile* tile, int panels, int tokens) =>
        ((delegate* unmanaged[SuppressGCTransition]<PanelTile*, void>)_functions[Index(panels, tokens)])(tile);

    private int Index(int panels, int tokens) => (BitOperations.Log2((uint)panels) * MaxTokens) + tokens - 1;
}
