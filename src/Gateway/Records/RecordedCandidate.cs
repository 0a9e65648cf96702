using Gateway.Explaining;
using Gateway.Routing;

namespace Gateway.Records;

/// <summary>A candidate as the plan saw it.</summary>
/// <param name="Model">Qualified name.</param>
/// <param name="IsInPlan">Whether it could be tried.</param>
/// <param name="Exclusion">Why not; null when it could.</param>
/// <param name="Demotion">Why it came last; null when it did not.</param>
/// <param name="Quality">The probability of a good answer.</param>
/// <param name="CostUsd">Expected dollars.</param>
/// <param name="FirstTokenSeconds">Expected.</param>
/// <param name="LatencySeconds">Expected, to the end of the answer.</param>
/// <param name="Score">Of a scored route.</param>
public sealed record RecordedCandidate(
    string Model,
    bool IsInPlan,
    string? Exclusion,
    string? Demotion,
    double? Quality,
    double? CostUsd,
    double? FirstTokenSeconds,
    double? LatencySeconds,
    double? Score)
{
    internal static RecordedCandidate Of(CandidateScore score) => new(
        score.Model.QualifiedName,
        score.IsInPlan,
        score.Exclusion == Routing.Exclusion.None ? null : ExplanationNames.Of(score.Exclusion),
        score.Demotion == Routing.Demotion.None ? null : ExplanationNames.Of(score.Demotion),
        score.Quality,
        score.CostUsd,
        score.FirstTokenSeconds,
        score.LatencySeconds,
        score.Score);
}
