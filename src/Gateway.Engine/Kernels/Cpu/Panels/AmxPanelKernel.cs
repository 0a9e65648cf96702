using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu.MachineCode;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>
/// AMX: products of tiles of bytes (tdpbsud), by machine code of our own. Few tokens would leave most of a tile empty: those go the way of
/// <see cref="VnniPanelKernel"/>, which every processor with AMX has too.
/// </summary>
internal sealed unsafe class AmxPanelKernel : PanelKernel
{
    // With fewer, vectors are as fast.
    private const int FewestTokens = 5;

    private readonly VnniPanelKernel _few;

    // By codes, panels, tokens.
    private readonly nint[] _functions;

    // By codes, tokens.
    private readonly byte[] _configurations = GC.AllocateArray<byte>(PanelCodes.All.Count * AmxCode.MaxTokens * AmxCode.ConfigurationBytes, pinned: true);

    /// <exception cref="CpuKernelException">The system refuses executable pages.</exception>
    public AmxPanelKernel()
    {
        _few = new VnniPanelKernel();
        var code = new byte[PanelCodes.All.Count * AmxCode.MaxPanels * AmxCode.MaxTokens][];
        foreach (var codes in PanelCodes.All)
        {
            for (var tokens = 1; tokens <= AmxCode.MaxTokens; tokens++)
            {
                AmxCode.Configuration(codes, tokens).CopyTo(_configurations, Configuration(codes, tokens));
                for (var panels = 1; panels <= AmxCode.MaxPanels; panels++)
                {
                    code[Index(codes, panels, tokens)] = AmxCode.Write(codes, panels, tokens);
                }
            }
        }

        _functions = ExecutableMemory.Place(code);
    }

    /// <summary>Whether this processor has it and the system grants its registers to this process.</summary>
    public static bool IsSupported => VnniPanelKernel.IsSupported && CpuFeatures.MayUseAmx();

    public override bool SplitsInputs => true;

    public override int BestTokens => AmxCode.MaxTokens;

    public override int PanelsFor(int tokens) => tokens < FewestTokens ? _few.PanelsFor(tokens) : AmxCode.MaxPanels;

    public override bool Streams(int tokens) => _few.Streams(tokens);

    public override void Stream(PanelTile* tile, PanelFormat format, int panels, int tokens) => _few.Stream(tile, format, panels, tokens);

    [SkipLocalsInit]
    public override void Multiply(PanelTile* tile, PanelCodes codes, int panels, int tokens)
    {
        if (tokens < FewestTokens)
        {
            _few.Multiply(tile, codes, panels, tokens);
            return;
        }

        var scratch = stackalloc byte[AmxCode.ScratchBytes + PanelLayout.GroupBytes];
        tile->Scratch = ((ulong)scratch + PanelLayout.GroupBytes - 1) / PanelLayout.GroupBytes * PanelLayout.GroupBytes;
        tile->Configuration = (ulong)Marshal.UnsafeAddrOfPinnedArrayElement(_configurations, Configuration(codes, tokens));
        ((delegate* unmanaged[SuppressGCTransition]<PanelTile*, void>)_functions[Index(codes, panels, tokens)])(tile);
    }

    private static int Index(PanelCodes codes, int panels, int tokens) =>
        ((((codes.Index * AmxCode.MaxPanels) + panels - 1) * AmxCode.MaxTokens) + tokens) - 1;

    private static int Configuration(PanelCodes codes, int tokens) => ((codes.Index * AmxCode.MaxTokens) + tokens - 1) * AmxCode.ConfigurationBytes;
}
