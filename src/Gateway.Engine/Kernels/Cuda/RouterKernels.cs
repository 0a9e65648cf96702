namespace Gateway.Engine.Kernels.Cuda;

/// <summary>
/// A router: logits = normed · routerWeightsᵀ in float32, then each token's experts and their weights by a <see cref="RouterRule"/>.
/// </summary>
internal sealed class RouterKernels : IDisposable
{
    /// <summary>Most tokens of <see cref="NormAndRoute"/>.</summary>
    public const int MaxFewTokens = 8;

    private const string Source = "router.cu";
    private const int Threads = 256;

    // Tokens and experts of a block of router_logits.
    private const int LogitsTile = 8;

    // Warps of a block of choose_experts, a token each.
    private const int ChoiceWarps = 4;

    private readonly IGpu _gpu;
    private readonly GpuKernel _normAndRoute;
    private readonly GpuKernel _logits;
    private readonly GpuKernel _choose;

    // Counts the blocks that are done; every launch leaves it at 0.
    private readonly DeviceBuffer _ticket;

    public RouterKernels(IGpu gpu, ElementType type)
    {
        _gpu = gpu;
        var suffix = type == ElementType.Float32 ? "f32" : "bf16";
        _normAndRoute = gpu.Kernel(Source, $"norm_and_route_{suffix}", MaxFewTokens * MaxChoiceBytes);
        _logits = gpu.Kernel(Source, $"router_logits_{suffix}");
        _choose = gpu.Kernel(Source, "choose_experts", ChoiceWarps * MaxChoiceBytes);
        _ticket = gpu.Allocate(sizeof(int));
        gpu.Fill(_ticket.Pointer, 0, sizeof(int));
    }

    // Shared memory for one token's choice: a score and a key per expert, and a key per group.
    private static int MaxChoiceBytes => 3 * RouterRule.MaxExperts * sizeof(float);

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
        in ExpertChoices choices)
    {
        Check(rule, choices);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(choices.Tokens, MaxFewTokens);
        _gpu.Launch(
            _normAndRoute,
            new Dim3(rule.Experts),
            new Dim3(Threads),
            choices.Tokens * ChoiceBytes(rule),
            hidden, normWeight, epsilon, routerWeights, bias, slots, normed, logits, choices.Experts, choices.Weights, _ticket,
            choices.Tokens, hiddenSize, rule.Experts, rule.ExpertsPerToken, rule.SharedExperts, rule.Groups, rule.GroupsPerToken,
            (int)rule.Scoring, rule.NormalizeWeights ? 1 : 0, rule.ScalingFactor);
    }

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
        in ExpertChoices choices)
    {
        Check(rule, choices);
        var tiles = new Dim3((choices.Tokens + LogitsTile - 1) / LogitsTile, (rule.Experts + LogitsTile - 1) / LogitsTile);
        _gpu.Launch(_logits, tiles, new Dim3(Threads), 0, normed, routerWeights, logits, choices.Tokens, hiddenSize, rule.Experts);
        Choose(rule, logits, bias, slots, choices);
    }

    /// <summary>The choice alone.</summary>
    /// <param name="rule">How to choose.</param>
    /// <param name="logits">float32 [tokens, experts].</param>
    /// <param name="bias">float32 [experts], or null.</param>
    /// <param name="slots">int32 [tokens], negative for a padded token, or null: none is padded.</param>
    /// <param name="choices">Receives the experts and their weights.</param>
    public void Choose(RouterRule rule, DevicePointer logits, DevicePointer bias, DevicePointer slots, in ExpertChoices choices)
    {
        Check(rule, choices);
        _gpu.Launch(
            _choose,
            new Dim3((choices.Tokens + ChoiceWarps - 1) / ChoiceWarps),
            new Dim3(32 * ChoiceWarps),
            ChoiceWarps * ChoiceBytes(rule),
            logits, bias, slots, choices.Experts, choices.Weights, choices.Tokens, rule.Experts, rule.ExpertsPerToken, rule.SharedExperts,
            rule.Groups, rule.GroupsPerToken, (int)rule.Scoring, rule.NormalizeWeights ? 1 : 0, rule.ScalingFactor);
    }

    public void Dispose() => _ticket.Dispose();

    private static int ChoiceBytes(RouterRule rule) => ((2 * rule.Experts) + rule.Groups) * sizeof(float);

    private static void Check(RouterRule rule, in ExpertChoices choices)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(choices.Tokens, 1);
        ArgumentOutOfRangeException.ThrowIfNotEqual(choices.Choices, rule.Choices);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rule.Experts, RouterRule.MaxExperts);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rule.ExpertsPerToken, rule.Experts / rule.Groups * rule.GroupsPerToken);
    }
}
