using Gateway.Providers.Failover;

namespace Gateway.Rehearsal;

/// <summary>What became of all replayed requests under a policy.</summary>
internal sealed record ReplaySummary
{
    public required int Answered { get; init; }

    public required int Failed { get; init; }

    /// <summary>US dollars for the answers whose price is known.</summary>
    public required double CostUsd { get; init; }

    /// <summary>Answers whose price is not known.</summary>
    public required int Unpriced { get; init; }

    /// <summary>The mean probability of a good answer; null when it is known for none.</summary>
    public required double? Quality { get; init; }

    public required LatencySummary FirstTokenSeconds { get; init; }

    public required LatencySummary TotalSeconds { get; init; }

    /// <summary>Calls of providers.</summary>
    public required int Calls { get; init; }

    /// <summary>Calls that were made because another model had failed.</summary>
    public required int Failovers { get; init; }

    /// <summary>By model, the share of the answers.</summary>
    public required IReadOnlyDictionary<string, double> Shares { get; init; }

    /// <summary>Models of whose behaviour nothing was recorded.</summary>
    public required IReadOnlyList<string> Assumed { get; init; }

    public static ReplaySummary Of(IReadOnlyList<ReplayOutcome> outcomes, IEnumerable<string> assumed)
    {
        var answered = outcomes.Where(outcome => outcome.Answer.Model is not null).ToList();
        return new ReplaySummary
        {
            Answered = answered.Count,
            Failed = outcomes.Count - answered.Count,
            CostUsd = (double)answered.Aggregate(Int128.Zero, (sum, outcome) => sum + (outcome.CostNanoUsd ?? 0)) / 1e9,
            Unpriced = answered.Count(outcome => outcome.CostNanoUsd is null),
            Quality = answered.Average(outcome => outcome.Quality),
            FirstTokenSeconds = LatencySummary.Of(answered.Select(outcome => outcome.Answer.FirstText).OfType<TimeSpan>()),
            TotalSeconds = LatencySummary.Of(answered.Select(outcome => outcome.Answer.Took)),
            Calls = outcomes.Sum(outcome => outcome.Answer.Attempts.Length),
            Failovers = outcomes.Sum(outcome => outcome.Answer.Attempts.Count(attempt => attempt.Role is AttemptRole.Failover or AttemptRole.Continuation)),
            Shares = answered.GroupBy(outcome => outcome.Answer.Model!.QualifiedName, StringComparer.Ordinal)
                .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal)
                .ToDictionary(group => group.Key, group => (double)group.Count() / answered.Count),
            Assumed = [.. assumed],
        };
    }
}
