namespace Gateway.Engine.Models.DeepSeekV2;

/// <summary>The mixture-of-experts part of a DeepSeek-V2 config.json.</summary>
/// <param name="InnerSize"><c>moe_intermediate_size</c>: inner width of one expert.</param>
/// <param name="RoutedExperts"><c>n_routed_experts</c>.</param>
/// <param name="SharedExperts"><c>n_shared_experts</c>: experts that every token uses, stored as one MLP, so many times as wide.</param>
/// <param name="ExpertsPerToken"><c>num_experts_per_tok</c>.</param>
/// <param name="Groups"><c>n_group</c>: groups that limit the choice; 1 means no limit.</param>
/// <param name="GroupsPerToken"><c>topk_group</c>.</param>
/// <param name="NormalizeWeights"><c>norm_topk_prob</c>.</param>
/// <param name="ScalingFactor"><c>routed_scaling_factor</c>.</param>
internal sealed record MixtureConfig(
    int InnerSize,
    int RoutedExperts,
    int SharedExperts,
    int ExpertsPerToken,
    int Groups,
    int GroupsPerToken,
    bool NormalizeWeights,
    float ScalingFactor)
{
    private const int MaxExperts = 1024;

    /// <summary>Null for a model without experts.</summary>
    public static MixtureConfig? Read(ConfigReader config)
    {
        if (!config.IsPresent("n_routed_experts"))
        {
            return null;
        }

        config.Choice("scoring_func", "softmax", "softmax");
        var limited = config.Choice("topk_method", "greedy", "greedy", "group_limited_greedy") == "group_limited_greedy";
        var mixture = new MixtureConfig(
            InnerSize: config.Integer("moe_intermediate_size", 1, DeepSeekV2Config.MaxWidth),
            RoutedExperts: config.Integer("n_routed_experts", 1, MaxExperts),
            SharedExperts: config.Integer("n_shared_experts", 0, 64, 0),
            ExpertsPerToken: config.Integer("num_experts_per_tok", 1, MaxExperts),
            Groups: limited ? config.Integer("n_group", 1, MaxExperts) : 1,
            GroupsPerToken: limited ? config.Integer("topk_group", 1, MaxExperts) : 1,
            NormalizeWeights: config.Flag("norm_topk_prob", false),
            ScalingFactor: (float)config.Number("routed_scaling_factor", 0, 1e6, 1));
        var eligible = mixture.RoutedExperts / mixture.Groups * mixture.GroupsPerToken;
        if (mixture.RoutedExperts % mixture.Groups != 0)
        {
            config.Error("n_group", $"({mixture.Groups}) does not divide n_routed_experts ({mixture.RoutedExperts}).");
        }

        if (mixture.GroupsPerToken > mixture.Groups)
        {
            config.Error("topk_group", $"({mixture.GroupsPerToken}) is more than n_group ({mixture.Groups}).");
        }
        else if (mixture.ExpertsPerToken > eligible)
        {
            config.Error("num_experts_per_tok", $"({mixture.ExpertsPerToken}) is more than the {eligible} experts to choose from.");
        }

        return mixture;
    }
}
