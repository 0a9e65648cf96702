namespace Gateway.Engine.Kernels.Cpu.Panels;

/// <summary>
/// Multiplies panels of weights by quantised inputs. Every kernel gives the same bits, whatever the tile: the products of a block of 32
/// columns are summed exactly in integers; per block in ascending order, the sum becomes a float32, is multiplied by the input's scale
/// (rounded), and by the weights' scale onto the result in one fused multiply-add.
/// </summary>
internal abstract unsafe class PanelKernel
{
    /// <summary>Whether inputs are to come with their codes split into planes.</summary>
    public abstract bool SplitsInputs { get; }

    /// <summary>Most input vectors that gain from being in one tile.</summary>
    public abstract int BestTokens { get; }

    /// <summary>The most panels in a tile of that many input vectors: a power of two.</summary>
    public abstract int PanelsFor(int tokens);

    /// <summary>Bytes from <see cref="PanelTile.Ahead"/> on that a tile brings closer for each of its steps.</summary>
    public virtual int AheadBytes => 0;

    /// <summary>Whether a lone tile of that many input vectors goes through <see cref="Stream"/>.</summary>
    public virtual bool Streams(int tokens) => false;

    /// <summary>Multiplies units of any format in place: for so few input vectors that weights are waited for.</summary>
    /// <param name="tile">What to multiply and where to; its steps make whole units.</param>
    /// <param name="format">The weights' format.</param>
    /// <param name="panels">Number of panels: a power of two, up to <see cref="PanelsFor"/>.</param>
    /// <param name="tokens">Number of input vectors, for which <see cref="Streams"/> is true.</param>
    public virtual void Stream(PanelTile* tile, PanelFormat format, int panels, int tokens) =>
        throw new NotSupportedException("These kernels have weights expanded.");

    /// <summary>Multiplies steps with some kind of codes.</summary>
    /// <param name="tile">What to multiply and where to.</param>
    /// <param name="codes">The weights' codes.</param>
    /// <param name="panels">Number of panels: a power of two, up to <see cref="PanelsFor"/>.</param>
    /// <param name="tokens">Number of input vectors, 1 to <see cref="BestTokens"/>.</param>
    public abstract void Multiply(PanelTile* tile, PanelCodes codes, int panels, int tokens);
}
