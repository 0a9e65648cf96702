using System.Globalization;

namespace Gateway.Routing;

/// <summary>What sends a candidate behind the others. Limits count against what is known, never against what is assumed.</summary>
internal static class Demotions
{
    public static void Apply(CandidateScore candidate, in ScoreTerms terms, DateTimeOffset now)
    {
        if (candidate.Observation?.SuspendedUntil is { } until && until > now)
        {
            candidate.Demotion = Demotion.Suspended;
            candidate.DemotionDetail = string.Create(CultureInfo.InvariantCulture, $"left alone until {until.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ}");
        }
        else if (candidate.Quality < terms.MinQuality && !candidate.Assumes(Assumptions.Quality))
        {
            candidate.Demotion = Demotion.BelowMinQuality;
            candidate.DemotionDetail = string.Create(
                CultureInfo.InvariantCulture, $"quality {candidate.Quality:0.###}; minQuality is {terms.MinQuality:0.###} now");
        }
        else if (candidate.CostUsd > terms.MaxCostUsd && !candidate.Assumes(Assumptions.Cost))
        {
            candidate.Demotion = Demotion.AboveMaxCost;
            candidate.DemotionDetail = string.Create(
                CultureInfo.InvariantCulture, $"costs {candidate.CostUsd:0.#########} $; maxCostUsd is {terms.MaxCostUsd:0.#########}");
        }
    }
}
