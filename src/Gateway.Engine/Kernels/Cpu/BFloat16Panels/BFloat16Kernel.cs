using Gateway.Engine.Kernels.Cpu.Panels;

namespace Gateway.Engine.Kernels.Cpu.BFloat16Panels;

/// <summary>
/// Multiplies panels of bfloat16 weights by inputs rounded to bfloat16, and sums in float32 (docs/adr/0035). A product has the bits that
/// <see cref="Order"/> defines, whatever the tile.
/// </summary>
internal abstract unsafe class BFloat16Kernel
{
    /// <summary>For people.</summary>
    public abstract string Name { get; }

    public abstract BFloat16Order Order { get; }

    /// <summary>Whether inputs are to come as float32.</summary>
    public abstract bool WidensInputs { get; }

    /// <summary>Most input vectors of a tile.</summary>
    public abstract int MaxTokens { get; }

    /// <summary>Bytes from <see cref="PanelTile.Ahead"/> on that a tile brings closer for each of its steps.</summary>
    public virtual int AheadBytes => 0;

    /// <summary>The most panels in a tile of that many input vectors: a power of two.</summary>
    public abstract int PanelsFor(int tokens);

    /// <param name="tile">What to multiply and where to.</param>
    /// <param name="panels">Number of panels: a power of two, up to <see cref="PanelsFor"/>.</param>
    /// <param name="tokens">Number of input vectors, 1 to <see cref="MaxTokens"/>.</param>
    public abstract void Multiply(PanelTile* tile, int panels, int tokens);
}
