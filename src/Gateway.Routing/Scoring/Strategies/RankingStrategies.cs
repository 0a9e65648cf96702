using System.Collections.Immutable;
using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>The strategies there are.</summary>
internal static class RankingStrategies
{
    /// <summary>Indexed by <see cref="RoutingStrategy"/>.</summary>
    private static readonly ImmutableArray<IRankingStrategy> All =
    [
        .. new IRankingStrategy[]
        {
            new OrderedStrategy(), new ScoredStrategy(), new CheapestAboveQualityStrategy(), new FastestWithinBudgetStrategy(), new WeightedStrategy(),
        }.OrderBy(strategy => strategy.Name),
    ];

    public static IRankingStrategy Of(RoutingStrategy strategy) => All[(int)strategy];
}
