namespace Gateway.Budgets;

/// <summary>How a run stands. The values are stored.</summary>
public enum RunState
{
    /// <summary>There is no such run (any more): its lease is over, or another one took its place.</summary>
    Gone = 0,

    /// <summary>Its answer is being made.</summary>
    Running = 1,

    /// <summary>Its answer is whole.</summary>
    Complete = 2,

    /// <summary>It has no whole answer; what it has is an error, or the beginning of an answer.</summary>
    Failed = 3,

    /// <summary>Its answer was whole, and too large to be kept.</summary>
    Oversized = 4,
}
