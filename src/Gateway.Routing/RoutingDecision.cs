using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Gateway.Routing;

/// <summary>A plan, or the reason why there is none.</summary>
/// <param name="Plan">Null when <see cref="Refusal"/> says why.</param>
/// <param name="Refusal">Why there is no plan.</param>
/// <param name="Scores">Every candidate that was considered, as in the plan; empty when the name led to none.</param>
public readonly record struct RoutingDecision(RoutePlan? Plan, RoutingRefusal Refusal, ImmutableArray<CandidateScore> Scores)
{
    [MemberNotNullWhen(true, nameof(Plan))]
    public bool HasPlan => Plan is not null;

    internal static RoutingDecision Refused(RoutingRefusal refusal) => new(null, refusal, []);
}
