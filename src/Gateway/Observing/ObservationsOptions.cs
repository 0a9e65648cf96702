namespace Gateway.Observing;

/// <summary>The section <c>Observations</c> of the configuration.</summary>
public sealed record ObservationsOptions
{
    public const string Section = "Observations";

    /// <summary>
    /// How often what was observed is shared with the other replicas and given to routing, in seconds: at least 0.1, at most 4, so that
    /// replicas agree within 5 seconds. The default is 1.
    /// </summary>
    public double IntervalSeconds { get; init; } = 1;

    /// <summary>Every value that is out of range, as <c>Observations:Name: what to write</c>; empty when all is well.</summary>
    public IReadOnlyList<string> Validate() =>
        IntervalSeconds is >= 0.1 and <= 4 ? [] : [$"{Section}:{nameof(IntervalSeconds)}: write 0.1 to 4."];
}
