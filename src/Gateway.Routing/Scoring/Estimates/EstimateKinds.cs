namespace Gateway.Routing;

/// <summary>Which numbers of the candidates are worked out. Quality is the dear one: the first candidate with skills pays for the difficulty model.</summary>
[Flags]
internal enum EstimateKinds
{
    None = 0,
    Quality = 1 << 0,
    Cost = 1 << 1,
    Latency = 1 << 2,
    Score = 1 << 3,
    All = Quality | Cost | Latency | Score,
}
