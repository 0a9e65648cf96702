namespace Gateway.Policies;

/// <summary>
/// How well a model answers, by kind of task: each the share of good answers on a mixed benchmark of that kind, 0 to 1. A missing one is
/// <see cref="General"/>; without any a model's quality is unknown.
/// </summary>
public sealed record ModelSkills
{
    public required double General { get; init; }

    public double? Code { get; init; }

    public double? Math { get; init; }

    public double? Reasoning { get; init; }

    /// <summary>Languages other than English.</summary>
    public double? Languages { get; init; }
}
