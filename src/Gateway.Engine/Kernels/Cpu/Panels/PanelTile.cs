using System.Runtime.InteropServices;

namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>What a kernel multiplies at once: some panels by some input vectors. Machine code reads it by its offsets.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PanelTile
{
    /// <summary>Most panels of a tile.</summary>
    public const int MaxPanels = 8;

    /// <summary>Most input vectors of a tile.</summary>
    public const int MaxTokens = 16;

    /// <summary>The panels, as addresses.</summary>
    public fixed ulong Panels[MaxPanels];

    /// <summary>What the products are added to: [panel, token, row of the panel], as an address.</summary>
    public ulong Products;

    /// <summary>Number of steps, at least 1.</summary>
    public long Steps;

    /// <summary>The length of an input vector in bytes, negative: what counts up to zero on the way along it.</summary>
    public long NegativeLength;

    /// <summary>The end of the first input vector, as an address.</summary>
    public ulong InputEnd;

    /// <summary>Distance from one input vector to the next, in bytes.</summary>
    public long InputStride;

    /// <summary>Where weights lie that a later tile will read, as an address: what a kernel has time for, it brings closer meanwhile.</summary>
    public ulong Ahead;

    /// <summary>For a kernel's own use: what a code has above its low half, in each of four bytes.</summary>
    public ulong HighMask;

    /// <summary>For a kernel's own use, as an address: memory for intermediate results.</summary>
    public ulong Scratch;

    /// <summary>For a kernel's own use, as an address: the shapes of AMX's tiles.</summary>
    public ulong Configuration;
}
