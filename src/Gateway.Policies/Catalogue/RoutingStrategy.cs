namespace Gateway.Policies;

/// <summary>How a route puts its candidates in order. In files: snake case with dashes, such as <c>cheapest-above-quality</c>.</summary>
public enum RoutingStrategy
{
    /// <summary><c>ordered</c>: as listed. The default.</summary>
    Ordered,

    /// <summary><c>scored</c>: by wq·quality − wc·cost/c₀ − wl·latency/l₀, the best first.</summary>
    Scored,

    /// <summary><c>cheapest-above-quality</c>: by cost, those that reach <c>minQuality</c> first.</summary>
    CheapestAboveQuality,

    /// <summary><c>fastest-within-budget</c>: by latency, those within <c>maxCostUsd</c> first.</summary>
    FastestWithinBudget,

    /// <summary><c>weighted</c>: by chance, in proportion to each candidate's <c>weight</c>; the same request always falls alike.</summary>
    Weighted,
}
