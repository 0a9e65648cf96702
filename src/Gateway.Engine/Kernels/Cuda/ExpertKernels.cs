namespace Gateway.Engine.Kernels.Cuda;

/// <summary>
/// The experts of a layer: hidden[t] += Σ over the choices c of token t, ascending, of weight · down(silu(gate · x[t]) ∘ (up · x[t])).
/// Padded tokens (expert -1) are left alone and read no weights.
/// </summary>
internal sealed class ExpertKernels
{
    /// <summary>Up to so many tokens, products are those of a vector: each expert's weights are read once, by as many blocks as the device holds.</summary>
    public const int MaxFewTokens = 8;

    public ExpertKernels(IGpu gpu, ElementType type) => throw new NotImplementedException();

    /// <param name="weights">The layer's experts.</param>
    /// <param name="choices">What the router chose.</param>
    /// <param name="normed">T [tokens, hiddenSize]: input of the experts.</param>
    /// <param name="hidden">float32 [tokens, hiddenSize]: the residual stream, added to.</param>
    /// <param name="scratch">Made for at least so many tokens.</param>
    /// <param name="tile">Tile of the grouped product that more than <see cref="MaxFewTokens"/> tokens take; null: <see cref="ExpertTile.For"/> decides.</param>
    public void Run(
        in ExpertWeights weights,
        in ExpertChoices choices,
        DevicePointer normed,
        DevicePointer hidden,
        ExpertScratch scratch,
        ExpertTile? tile = null) => throw new NotImplementedException();
}
