namespace Gateway.Routing;

/// <summary>Why the first candidate of a plan is the first.</summary>
public enum RoutingReason
{
    /// <summary>There is no other.</summary>
    Only,

    /// <summary>It is listed first.</summary>
    Ordered,

    /// <summary>It has the best score.</summary>
    Score,

    /// <summary>It is the cheapest.</summary>
    Cost,

    /// <summary>It is the fastest.</summary>
    Latency,

    /// <summary>The draw by weights fell on it.</summary>
    Weight,

    /// <summary>It served the beginning of this prompt a short while ago and may still have it in its cache.</summary>
    Sticky,

    /// <summary>Too little is known about it, and this request was drawn to find out more.</summary>
    Exploration,
}
