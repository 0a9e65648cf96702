using System.Runtime.InteropServices;
using Gateway.Engine.Kernels.Cpu.BFloat16Panels;
using Gateway.Engine.Kernels.Cpu.Panels;

namespace Gateway.Engine.Tests.Kernels.Cpu.MachineCode;

/// <summary>A bfloat16 kernel whose machine code is run by <see cref="Interpreter"/> and not by the processor.</summary>
/// <param name="order">As its instruction sums.</param>
/// <param name="write">Writes the function for panels and tokens.</param>
/// <param name="maxTokens">Most tokens of a tile.</param>
/// <param name="panelsFor">Most panels with that many tokens.</param>
internal sealed unsafe class InterpretedBFloat16Kernel(
    BFloat16Order order, Func<int, int, byte[]> write, int maxTokens, Func<int, int> panelsFor) : BFloat16Kernel
{
    private readonly Interpreter _interpreter = new();

    public override string Name => "interpreted";

    public override BFloat16Order Order => order;

    public override bool WidensInputs => false;

    public override int MaxTokens => maxTokens;

    public override int AheadBytes => 64;

    public override int PanelsFor(int tokens) => panelsFor(tokens);

    public override void Multiply(PanelTile* tile, int panels, int tokens)
    {
        var configuration = GC.AllocateArray<byte>(AmxBFloat16Code.ConfigurationBytes, pinned: true);
        AmxBFloat16Code.Configuration(tokens).CopyTo(configuration, 0);
        tile->Configuration = (ulong)Marshal.UnsafeAddrOfPinnedArrayElement(configuration, 0);
        _interpreter.Call(write(panels, tokens), (ulong)tile);
    }
}
