namespace Gateway.Routing;

/// <summary>Why a candidate comes after those that are not demoted. The later the value, the later the candidate.</summary>
public enum Demotion
{
    None,

    /// <summary>It is expected to cost more than the route's <c>maxCostUsd</c>.</summary>
    AboveMaxCost,

    /// <summary>It is expected to answer well less often than the route's <c>minQuality</c>.</summary>
    BelowMinQuality,

    /// <summary>It is left alone for now: its circuit is open, or its provider asked to wait.</summary>
    Suspended,
}
