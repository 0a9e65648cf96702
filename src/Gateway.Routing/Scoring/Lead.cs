using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>
/// Lets another candidate than the strategy's first go before it: the one that has the prompt in its cache, or one that has to be tried so
/// that something is known about it. A demoted candidate never does, nor one that its route gives no weight.
/// </summary>
internal static class Lead
{
    /// <summary>The calls from which on a candidate counts as known.</summary>
    private const double EnoughCalls = 20;

    /// <summary>Moves the candidate that goes first to the front, and tells why it does.</summary>
    /// <param name="sticky">From <see cref="RoutingRequest.StickyModel"/>.</param>
    /// <param name="candidates">Those of the plan in the strategy's order; at least two.</param>
    public static RoutingReason Choose(
        in RoutingRequest request, RouteDefinition? route, IRankingStrategy strategy, in ScoreTerms terms, string? sticky, Span<CandidateScore> candidates)
    {
        // A conversation that is well under way is not explored with.
        if (sticky is not null && FindSticky(candidates, sticky, strategy.StickyTolerance(terms)) is { } owner)
        {
            MoveToFront(candidates, owner);
            return RoutingReason.Sticky;
        }

        if (Explores(request.Profile, route) && FindLeastKnown(candidates) is { } unknown and > 0)
        {
            MoveToFront(candidates, unknown);
            return RoutingReason.Exploration;
        }

        return strategy.Reason;
    }

    private static bool Explores(RequestProfile profile, RouteDefinition? route) =>
        route is { Strategy: not RoutingStrategy.Ordered, Exploration: > 0 } && Chance.Draw(profile.Fingerprint, "exploration") < route.Exploration;

    private static int? FindSticky(ReadOnlySpan<CandidateScore> candidates, string sticky, double tolerance)
    {
        for (var i = 0; i < candidates.Length && MayLead(candidates[i]); i++)
        {
            if (candidates[i].Model.QualifiedName == sticky)
            {
                return candidates[i].Key - candidates[0].Key <= tolerance ? i : null;
            }
        }

        return null;
    }

    private static int? FindLeastKnown(ReadOnlySpan<CandidateScore> candidates)
    {
        int? least = null;
        for (var i = 0; i < candidates.Length && MayLead(candidates[i]); i++)
        {
            var candidate = candidates[i];
            if (candidate.Calls < EnoughCalls && (least is not { } index || IsLessKnown(candidate, candidates[index])))
            {
                least = i;
            }
        }

        return least;
    }

    private static bool IsLessKnown(CandidateScore candidate, CandidateScore other) =>
        candidate.Calls < other.Calls || (candidate.Calls == other.Calls && candidate.Position < other.Position);

    /// <summary>In the strategy's order those that may not come after those that may.</summary>
    private static bool MayLead(CandidateScore candidate) => candidate.Demotion == Demotion.None && !double.IsPositiveInfinity(candidate.Key);

    private static void MoveToFront(Span<CandidateScore> candidates, int index)
    {
        var first = candidates[index];
        candidates[..index].CopyTo(candidates[1..]);
        candidates[0] = first;
    }
}
