namespace Gateway.Engine.Kernels.Cuda;

/// <summary>Device memory that <see cref="ExpertKernels"/> works in; one serves all layers of a model, one after the other.</summary>
internal sealed class ExpertScratch : IDisposable
{
    /// <param name="gpu">The device.</param>
    /// <param name="type">Type of the activations.</param>
    /// <param name="maxTokens">Most tokens of a step, padded ones counted.</param>
    /// <param name="choices">Experts per token.</param>
    /// <param name="experts">Routed and shared experts.</param>
    /// <param name="hiddenSize">Width of the residual stream.</param>
    /// <param name="innerSize">Inner width of one expert.</param>
    public ExpertScratch(IGpu gpu, ElementType type, int maxTokens, int choices, int experts, int hiddenSize, int innerSize) =>
        throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
