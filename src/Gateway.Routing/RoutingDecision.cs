using System.Diagnostics.CodeAnalysis;

namespace Gateway.Routing;

/// <summary>A plan, or the reason why there is none.</summary>
public readonly record struct RoutingDecision(RoutePlan? Plan, RoutingRefusal Refusal)
{
    [MemberNotNullWhen(true, nameof(Plan))]
    public bool HasPlan => Plan is not null;
}
