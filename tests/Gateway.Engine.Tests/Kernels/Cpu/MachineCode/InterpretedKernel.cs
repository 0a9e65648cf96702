using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu.Panels;

namespace Gateway.Engine.Tests.Kernels.Cpu.MachineCode;

/// <summary>A kernel whose machine code is run by <see cref="Interpreter"/> and not by the processor.</summary>
/// <param name="write">Writes the function for codes, panels and tokens.</param>
/// <param name="bestTokens">Most tokens of a tile.</param>
/// <param name="panelsFor">Most panels with that many tokens.</param>
internal sealed unsafe class InterpretedKernel(Func<PanelCodes, int, int, byte[]> write, int bestTokens, Func<int, int> panelsFor) : PanelKernel
{
    private readonly Interpreter _interpreter = new();

    public override bool SplitsInputs => true;

    public override int BestTokens => bestTokens;

    public override int PanelsFor(int tokens) => panelsFor(tokens);

    public override void Multiply(PanelTile* tile, PanelCodes codes, int panels, int tokens)
    {
        var memory = GC.AllocateArray<byte>(AmxCode.ScratchBytes + AmxCode.ConfigurationBytes, pinned: true);
        AmxCode.Configuration(tokens).CopyTo(memory, AmxCode.ScratchBytes);
        tile->Scratch = (ulong)Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0);
        tile->Configuration = tile->Scratch + AmxCode.ScratchBytes;
        _interpreter.Call(write(codes, panels, tokens), (ulong)tile);
    }
}
