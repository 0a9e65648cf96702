namespace Gateway.Engine.Kernels.Cuda;

/// <summary>
/// A router: logits = normed · routerWeightsᵀ in float32, then each token's experts and their weights by a <see cref="RouterRule"/>.
/// </summary>
internal sealed class RouterKernels : IDisposable
{
    /// <summary>Most tokens of <see cref="NormAndRoute"/>.</summary>
    public const int MaxFewTokens = 8;

    public RouterKernels(IGpu gpu, ElementType type) => throw new NotImplementedException();

    /// <summary>One launch for a few tokens: RMSNorm of the residual stream, logits, choice.</summary>
    /// <param name="rule">How to choose.</param>
    /// <param name="hidden">float32 [tokens, hiddenSize]: the residual stream.</param>
    /// <param name="normWeight">float32 [hiddenSize].</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="routerWeights">float32 [experts, hiddenSize].</param>
    /// <param name="bias">float32 [experts], or null: takes part in the choice alone (<see cref="RouterScoring.Sigmoid"/>).</param>
    /// <param name="slots">int32 [tokens], negative for a padded token, or null: none is padded.</param>
    /// <param name="hiddenSize">Width of the residual stream.</param>
    /// <param name="logits">float32 [tokens, experts]: scratch.</param>
    /// <param name="normed">T [tokens, hiddenSize]: receives the normed residual stream; zeros for a padded token.</param>
    /// <param name="choices">Receives the experts and their weights; its tokens, 1 to <see cref="MaxFewTokens"/>, are those of the call.</param>
    public void NormAndRoute(
        RouterRule rule,
        DevicePointer hidden,
        DevicePointer normWeight,
        float epsilon,
        DevicePointer routerWeights,
        DevicePointer bias,
        DevicePointer slots,
        int hiddenSize,
        DevicePointer logits,
        DevicePointer normed,
        in ExpertChoices choices) => throw new NotImplementedException();

    /// <summary>Logits and choice for any number of tokens whose norm was taken before: two launches.</summary>
    /// <param name="rule">How to choose.</param>
    /// <param name="normed">T [tokens, hiddenSize].</param>
    /// <param name="routerWeights">float32 [experts, hiddenSize].</param>
    /// <param name="bias">float32 [experts], or null: takes part in the choice alone (<see cref="RouterScoring.Sigmoid"/>).</param>
    /// <param name="slots">int32 [tokens], negative for a padded token, or null: none is padded.</param>
    /// <param name="hiddenSize">Width of the residual stream.</param>
    /// <param name="logits">float32 [tokens, experts]: scratch.</param>
    /// <param name="choices">Receives the experts and their weights.</param>
    public void Route(
        RouterRule rule,
        DevicePointer normed,
        DevicePointer routerWeights,
        DevicePointer bias,
        DevicePointer slots,
        int hiddenSize,
        DevicePointer logits,
        in ExpertChoices choices) => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
