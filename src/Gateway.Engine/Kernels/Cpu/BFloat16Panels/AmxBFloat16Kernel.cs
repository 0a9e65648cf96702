using System.Numerics;
using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu.MachineCode;
using Gateway.Engine.Kernels.Cpu.Panels;

namespace Gateway.Engine.Kernels.Cpu.BFloat16Panels;

/// <summary>
/// AMX with BF16: products of tiles (tdpbf16ps), by machine code of our own, for any number of tokens: one alone has the bits that it has among others.
/// </summary>
internal sealed unsafe class AmxBFloat16Kernel : BFloat16Kernel
{
    // 1, 2 and 4 panels.
    private const int Widths = 3;

    // By log2 of panels, tokens.
    private readonly nint[] _functions;
    private readonly byte[] _configurations = GC.AllocateArray<byte>((AmxBFloat16Code.MaxTokens + 1) * AmxBFloat16Code.ConfigurationBytes, pinned: true);

    /// <exception cref="CpuKernelException">The system refuses executable pages.</exception>
    public AmxBFloat16Kernel()
    {
        var code = new byte[Widths * MaxTokens][];
        for (var tokens = 1; tokens <= MaxTokens; tokens++)
        {
            AmxBFloat16Code.Configuration(tokens).CopyTo(_configurations, tokens * AmxBFloat16Code.ConfigurationBytes);
            for (var panels = 1; panels <= PanelsFor(tokens); panels *= 2)
            {
                code[Index(panels, tokens)] = AmxBFloat16Code.Write(panels, tokens);
            }
        }

        _functions = ExecutableMemory.Place(Array.ConvertAll(code, function => function ?? []));
    }

    /// <summary>Whether this processor has it and the system grants its registers to this process.</summary>
    public static bool IsSupported => CpuFeatures.MayUseAmxBFloat16();

    public override string Name => "amx-bf16";

    public override BFloat16Order Order => BFloat16Order.Tiles;

    public override bool WidensInputs => false;

    public override int MaxTokens => AmxBFloat16Code.MaxTokens;

    public override int AheadBytes => AmxBFloat16Code.AheadBytes;

    public override int PanelsFor(int tokens) => AmxBFloat16Code.PanelsFor(tokens);

    public override void Multiply(PanelTile* tile, int panels, int tokens)
    {
        tile->Configuration = (ulong)Marshal.UnsafeAddrOfPinnedArrayElement(_configurations, tokens * AmxBFloat16Code.ConfigurationBytes);
        ((delegate* unmanaged[SuppressGCTransition]<PanelTile*, void>)_functions[Index(panels, tokens)])(tile);
    }

    private int Index(int panels, int tokens) => (BitOperations.Log2((uint)panels) * MaxTokens) + tokens - 1;
}
