using Gateway.Routing;

namespace Gateway.Explaining;

/// <summary>One candidate as the plan saw it: the fields of <see cref="CandidateScore"/>.</summary>
/// <param name="Model"><c>provider/model</c>.</param>
/// <param name="Planned">Whether it would be tried.</param>
/// <param name="Exclusion">Why it cannot serve the request; null when it can. Planned all the same when no other is left.</param>
/// <param name="ExclusionDetail">The same with the numbers.</param>
/// <param name="Demotion">Why it comes behind the others; null when it does not.</param>
/// <param name="DemotionDetail">The same with the numbers.</param>
/// <param name="OutputTokens">Expected of one choice.</param>
/// <param name="Assumed">The names of the numbers that neither its card nor any call says.</param>
public sealed record CandidateExplanation(
    string Model,
    bool Planned,
    string? Exclusion,
    string? ExclusionDetail,
    string? Demotion,
    string? DemotionDetail,
    double? Score,
    double? Quality,
    double? CostUsd,
    double? LatencySeconds,
    double? FirstTokenSeconds,
    double? SecondsPerToken,
    double? ErrorRate,
    double Calls,
    int InFlight,
    int PromptTokens,
    int CachedTokens,
    int OutputTokens,
    IReadOnlyList<string> Assumed)
{
    public static CandidateExplanation Of(CandidateScore candidate) => new(
        candidate.Model.QualifiedName,
        candidate.IsInPlan,
        candidate.Exclusion == Routing.Exclusion.None ? null : ExplanationNames.Of(candidate.Exclusion),
        candidate.ExclusionDetail,
        candidate.Demotion == Routing.Demotion.None ? null : ExplanationNames.Of(candidate.Demotion),
        candidate.DemotionDetail,
        candidate.Score,
        candidate.Quality,
        candidate.CostUsd,
        candidate.LatencySeconds,
        candidate.FirstTokenSeconds,
        candidate.SecondsPerToken,
        candidate.ErrorRate,
        candidate.Calls,
        candidate.InFlight,
        candidate.PromptTokens,
        candidate.CachedTokens,
        candidate.OutputTokens,
        [.. AssumedNumbers(candidate.Assumed)]);

    private static IEnumerable<string> AssumedNumbers(Assumptions assumed)
    {
        if (assumed.HasFlag(Assumptions.Quality))
        {
            yield return "quality";
        }

        if (assumed.HasFlag(Assumptions.Cost))
        {
            yield return "cost_usd";
        }

        if (assumed.HasFlag(Assumptions.FirstToken))
        {
            yield return "first_token_seconds";
        }

        if (assumed.HasFlag(Assumptions.TokenRate))
        {
            yield return "seconds_per_token";
        }
    }
}
