namespace Gateway.Routing;

/// <summary>Which of a candidate's numbers are assumed, because neither its card nor any call says them.</summary>
[Flags]
public enum Assumptions
{
    None = 0,

    /// <summary>The mean of the candidates with a known one; 0.5 when there is none.</summary>
    Quality = 1 << 0,

    /// <summary>The mean of the candidates with a known one; no cost at all when there is none.</summary>
    Cost = 1 << 1,

    /// <summary>One second.</summary>
    FirstToken = 1 << 2,

    /// <summary>50 tokens a second.</summary>
    TokenRate = 1 << 3,
}
