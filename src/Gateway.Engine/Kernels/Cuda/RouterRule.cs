namespace Gateway.Engine.Kernels.Cuda;

/// <summary>How a router's logits become scores.</summary>
internal enum RouterScoring
{
    /// <summary>
    /// DeepSeek-V2 (arXiv:2405.04434, section 2.2): softmax over all routed experts; a group is as good as its best expert, and
    /// scores outside the best groups become 0.
    /// </summary>
    Softmax = 0,

    /// <summary>
    /// DeepSeek-V3 (arXiv:2412.19437, section 2.1.2): sigmoid; a bias takes part in the choice alone; a group is as good as the sum
    /// of its two best, and experts outside the best groups cannot be chosen.
    /// </summary>
    Sigmoid = 1,
}

/// <summary>How a token's experts are chosen and weighted. On a tie the lowest index wins, among experts and among groups.</summary>
/// <param name="Experts">Routed experts, 1 to 1,024; a multiple of <paramref name="Groups"/>.</param>
/// <param name="ExpertsPerToken">Routed experts that a token takes, no more than its groups hold.</param>
/// <param name="SharedExperts">Experts stored after the routed ones that every token takes with weight 1.</param>
/// <param name="Groups">Groups that limit the choice; 1: no limit.</param>
/// <param name="GroupsPerToken">Groups that a token may choose from, 1 to <paramref name="Groups"/>.</param>
/// <param name="Scoring">From logits to scores.</param>
/// <param name="NormalizeWeights">The chosen scores are divided by their sum (plus 1e-20).</param>
/// <param name="ScalingFactor">
/// What weights are multiplied by, normalised or not. DeepSeek-V2 normalises <i>instead</i> of scaling: give 1 there.
/// </param>
internal sealed record RouterRule(
    int Experts,
    int ExpertsPerToken,
    int SharedExperts,
    int Groups,
    int GroupsPerToken,
    RouterScoring Scoring,
    bool NormalizeWeights,
    float ScalingFactor)
{
    /// <summary>Most routed experts.</summary>
    public const int MaxExperts = 1024;

    /// <summary>Experts per token, the shared ones counted.</summary>
    public int Choices => ExpertsPerToken + SharedExperts;
}
