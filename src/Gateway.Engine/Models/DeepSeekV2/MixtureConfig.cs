namespace Gateway.Engine.Models.DeepSeekV2;

/// <summary>The mixture-of-experts part of the config.json of DeepSeek-V2 and V3.</summary>
/// <param name="Scoring"><c>scoring_func</c> and <c>topk_method</c>: how experts are scored, and groups with them.</param>
/// <param name="InnerSize"><c>moe_intermediate_size</c>: inner width of one expert.</param>
/// <param name="RoutedExperts"><c>n_routed_experts</c>.</param>
/// <param name="SharedExperts"><c>n_shared_experts</c>: experts that every token uses, stored as one MLP, so many times as wide.</param>
/// <param name="ExpertsPerToken"><c>num_experts_per_tok</c>.</param>
/// <param name="Groups"><c>n_group</c>: groups that limit the choice; 1 means no limit.</param>
/// <param name="GroupsPerToken"><c>topk_group</c>.</param>
/// <param name="NormalizeWeights"><c>norm_topk_prob</c>.</param>
/// <param name="ScalingFactor"><c>routed_scaling_factor</c>.</param>
internal sealed record MixtureConfig(
    ExpertScoring Scoring,
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
    /// <param name="config">The whole of config.json.</param>
    /// <param name="scoring">How the family's experts are scored.</param>
    public static MixtureConfig? Read(ConfigReader config, ExpertScoring scoring)
    {
        if (!config.IsPresent("n_routed_experts"))
        {
            return null;
        }

        var isLimited = scoring == ExpertScoring.Softmax ? IsLimitedSoftmax(config) : IsLimitedSigmoid(config);
        var mixture = new MixtureConfig(
            Scoring: scoring,
            InnerSize: config.Integer("moe_intermediate_size", 1, CommonConfig.MaxWidth),
            RoutedExperts: config.Integer("n_routed_experts", 1, MaxExperts),
            SharedExperts: config.Integer("n_shared_experts", 0, 64, 0),
            ExpertsPerToken: config.Integer("num_experts_per_tok", 1, MaxExperts),
            Groups: isLimited ? config.Integer("n_group", 1, MaxExperts) : 1,
            GroupsPerToken: isLimited ? config.Integer("topk_group", 1, MaxExperts) : 1,
            NormalizeWeights: config.Flag("norm_topk_prob", false),
            ScalingFactor: (float)config.Number("routed_scaling_factor", 0, 1e6, 1));
        var eligible = mixture.RoutedExperts / mixture.Groups * mixture.GroupsPerToken;
        if (mixture.RoutedExperts % mixture.Groups != 0)
        {
            config.Error("n_group", $"({mixture.Groups}) does not divide n_routed_experts ({mixture.RoutedExperts}).");
        }

        if (scoring == ExpertScoring.BiasedSigmoid && mixture.Groups > 1 && mixture.RoutedExperts < 2 * mixture.Groups)
        {
            config.Error("n_group", $"({mixture.Groups}) leaves fewer than two experts to a group, and a group is scored by its best two.");
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

    private static bool IsLimitedSoftmax(ConfigReader config)
    {
        config.Choice("scoring_func", "softmax", "softmax");
        return config.Choice("topk_method", "greedy", "greedy", "group_limited_greedy") == "group_limited_greedy";
    }

    private static bool IsLimitedSigmoid(ConfigReader config)
    {
        config.Choice("scoring_func", "sigmoid", "sigmoid");
        config.Choice("topk_method", "noaux_tc", "noaux_tc");
        return true;
    }
}
