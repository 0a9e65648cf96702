namespace Gateway.Routing;

/// <summary>What is known about one model from its recent calls, over all replicas. Older calls count less.</summary>
public sealed record ModelObservation
{
    /// <summary>Calls, decayed; 0 only while nothing is known but that a call is under way or that the model is suspended.</summary>
    public required double Calls { get; init; }

    /// <summary>The share of them that failed, 0 to 1; 0 without calls.</summary>
    public required double ErrorRate { get; init; }

    /// <summary>Seconds to the first token of streams; null when none was seen.</summary>
    public LatencySketch? FirstToken { get; init; }

    /// <summary>Seconds to the whole of answers in one piece; null when none was seen.</summary>
    public LatencySketch? Answer { get; init; }

    /// <summary>Seconds from one token to the next; null when none was seen.</summary>
    public double? SecondsPerToken { get; init; }

    /// <summary>Calls under way at this moment, over all replicas.</summary>
    public int InFlight { get; init; }

    /// <summary>Until when the model is left alone (an open circuit, or a provider that asked to wait); null when it is not.</summary>
    public DateTimeOffset? SuspendedUntil { get; init; }

    /// <summary>Reported input tokens per estimated one; 1 when nothing was reported.</summary>
    public double TokenRatio { get; init; } = 1;
}
