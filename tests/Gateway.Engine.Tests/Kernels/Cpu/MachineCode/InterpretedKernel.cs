using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu.Panels;

namespace Gateway.Engine.Tests.Kernels.Cpu.MachineCode;

/// <summary>A kernel whose machine code is run by <see cref="Interpreter"/> and not by the processor.</summary>
/// <param name="write">Writes the function for codes, panels and tokens.</param>
/// <param name="bestTokens">Most tokens of a tile.</param>
/// <param name="panelsFor">Most panels with that many tokens.</param>
/// <param name="writeStream">Writes the function for units of a format, where all tiles go through it.</param>
internal sealed unsafe class InterpretedKernel(
    Func<PanelCodes, int, int, byte[]> write, int bestTokens, Func<int, int> panelsFor, Func<PanelFormat, int, int, byte[]>? writeStream = null) : PanelKernel
{
    private readonly Interpreter _interpreter = new();

    public override bool SplitsInputs => true;

    public override int BestTokens => bestTokens;

    public override int PanelsFor(int tokens) => panelsFor(tokens);

    public override bool Streams(int tokens) => writeStream is not null;

    public override void Stream(PanelTile* tile, PanelFormat format, int panels, int tokens)
    {
        tile->HighMask = VnniStreamCode.HighMask(format);
        _interpreter.Call(writeStream!(format, panels, tokens), (ulong)tile);
    }

    public override void Multiply(PanelTile* tile, PanelCodes codes, int panels, int tokens)
    {
        var memory = GC.AllocateArray<byte>(AmxCode.ScratchBytes + AmxCode.ConfigurationBytes, pinned: true);
        AmxCode.Configuration(codes, tokens).CopyTo(memory, AmxCode.ScratchBytes);
        tile->Scratch = (ulong)Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0);
        tile->Configuration = tile->Scratch + AmxCode.ScratchBytes;
        _interpreter.Call(write(codes, panels, tokens), (ulong)tile);
    }
}
