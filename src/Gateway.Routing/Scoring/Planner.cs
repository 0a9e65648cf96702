using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>
/// Puts candidates in order. (1) Constraints: who can serve the request at all. (2) Estimates: quality, cost and latency, as far as the
/// strategy or a limit of the route needs them. (3) Demotions: who goes behind the others. (4) Rank: by the strategy. (5) Lead: who goes first
/// for another reason.
/// </summary>
internal static class Planner
{
    /// <param name="request">What is asked.</param>
    /// <param name="models">The candidates in the order of the file; at least one.</param>
    /// <param name="route">Null when the client asked for a model.</param>
    /// <param name="withEveryNumber">Works out what the plan does not depend on, too.</param>
    public static RoutingDecision Plan(in RoutingRequest request, ImmutableArray<ModelCard> models, RouteDefinition? route, bool withEveryNumber)
    {
        var (name, ordering) = route is null ? (request.Name, RoutingStrategy.Ordered) : (route.Name, route.Strategy);

        // :: Step 1
        var scores = new CandidateScore[models.Length];
        for (var i = 0; i < scores.Length; i++)
        {
            scores[i] = Constraints.Check(request, models[i], i);
        }

        Constraints.KeepComparable(request, scores);
        var count = Constraints.KeepLastResort(scores);
        Array.Sort(scores, PlanOrder);
        var candidates = scores.AsSpan(0, count);
        var reason = RoutingReason.Only;
        if (count > 1 || withEveryNumber)
        {
            var strategy = RankingStrategies.Of(ordering);
            var terms = ScoreTerms.Of(route, request.Policies.Failover.BrownOut, request.Pressure);
            var sticky = request.StickyModel(route);

            // :: Step 2
            MarkCached(request.Profile, sticky, candidates);
            var kinds = withEveryNumber ? EstimateKinds.All : strategy.Needs(terms) | Limits(terms);
            if (kinds != EstimateKinds.None)
            {
                Estimator.Apply(request, name, withEveryNumber ? scores : candidates, kinds, terms);
            }

            // :: Steps 3 and 4
            foreach (var candidate in candidates)
            {
                Demotions.Apply(candidate, terms, request.Now);
                candidate.Key = strategy.Key(candidate, route, request.Profile);
            }

            candidates.Sort(PlanOrder);

            // :: Step 5
            reason = count > 1 ? Lead.Choose(request, route, strategy, terms, sticky, candidates) : RoutingReason.Only;
        }

        var all = ImmutableCollectionsMarshal.AsImmutableArray(scores);
        if (count == 0)
        {
            return new RoutingDecision(null, RoutingRefusal.NoCandidate, all);
        }

        var plan = new RoutePlan(name, Models(candidates, models)) { Strategy = ordering, Reason = reason, Scores = all, Profile = request.Profile };
        return new RoutingDecision(plan, RoutingRefusal.None, all);
    }

    /// <summary>What the route's limits need.</summary>
    private static EstimateKinds Limits(in ScoreTerms terms) =>
        (terms.MinQuality is null ? EstimateKinds.None : EstimateKinds.Quality) | (terms.MaxCostUsd is null ? EstimateKinds.None : EstimateKinds.Cost);

    private static void MarkCached(RequestProfile profile, string? sticky, ReadOnlySpan<CandidateScore> candidates)
    {
        if (sticky is null)
        {
            return;
        }

        foreach (var candidate in candidates)
        {
            if (candidate.Model.QualifiedName == sticky)
            {
                candidate.CachedTokens = (int)(candidate.PromptTokens * Math.Clamp(profile.PrefixShare, 0, 1));
            }
        }
    }

    /// <summary>Excluded ones last, demoted ones before them, then by key; a total order, since no two have the same position.</summary>
    private static int PlanOrder(CandidateScore left, CandidateScore right)
    {
        var order = right.IsInPlan.CompareTo(left.IsInPlan);
        order = order != 0 ? order : ((int)left.Demotion).CompareTo((int)right.Demotion);
        order = order != 0 ? order : left.Key.CompareTo(right.Key);
        return order != 0 ? order : left.Position.CompareTo(right.Position);
    }

    /// <summary>The file's own list when nothing moved: most plans are that.</summary>
    private static ImmutableArray<ModelCard> Models(ReadOnlySpan<CandidateScore> candidates, ImmutableArray<ModelCard> listed)
    {
        var isListed = candidates.Length == listed.Length;
        for (var i = 0; isListed && i < candidates.Length; i++)
        {
            isListed = candidates[i].Position == i;
        }

        if (isListed)
        {
            return listed;
        }

        var models = new ModelCard[candidates.Length];
        for (var i = 0; i < models.Length; i++)
        {
            models[i] = candidates[i].Model;
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(models);
    }
}
