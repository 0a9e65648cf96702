namespace Gateway.Routing;

/// <summary>Works out the numbers of the candidates. What is not known of one is assumed to be as with the others, never 0.</summary>
internal static class Estimator
{
    private const double UnknownQuality = 0.5;

    /// <param name="request">What is asked.</param>
    /// <param name="route">The route's name, or what the client asked for.</param>
    /// <param name="candidates">Those to work out.</param>
    /// <param name="kinds">What to work out.</param>
    /// <param name="terms">What the score is made of.</param>
    public static void Apply(in RoutingRequest request, string route, ReadOnlySpan<CandidateScore> candidates, EstimateKinds kinds, in ScoreTerms terms)
    {
        foreach (var candidate in candidates)
        {
            candidate.OutputTokens = OutputEstimate.Tokens(request, route, candidate.Model);
        }

        if (kinds.HasFlag(EstimateKinds.Quality))
        {
            ApplyQuality(request.Profile, candidates);
        }

        if (kinds.HasFlag(EstimateKinds.Cost))
        {
            ApplyCost(request.Profile, candidates);
        }

        if (kinds.HasFlag(EstimateKinds.Latency))
        {
            foreach (var candidate in candidates)
            {
                LatencyEstimate.Apply(candidate);
            }
        }

        if (kinds.HasFlag(EstimateKinds.Score))
        {
            foreach (var candidate in candidates)
            {
                // What was left out weighs nothing, or nothing is known about any candidate's.
                candidate.Score = terms.Score(candidate.Quality ?? 0, candidate.CostUsd ?? 0, candidate.LatencySeconds ?? 0);
            }
        }
    }

    private static void ApplyQuality(RequestProfile profile, ReadOnlySpan<CandidateScore> candidates)
    {
        SkillCurve? curve = null;
        foreach (var candidate in candidates)
        {
            if (candidate.Model.Skills is { } skills)
            {
                curve ??= new SkillCurve(profile.Difficulty);
                candidate.Quality = curve.Value.QualityAt(SkillCurve.SkillFor(profile.Task, skills));
            }
        }

        var mean = Mean(candidates, static candidate => candidate.Quality) ?? UnknownQuality;
        foreach (var candidate in candidates)
        {
            if (candidate.Quality is null)
            {
                candidate.Quality = mean;
                candidate.Assumed |= Assumptions.Quality;
            }
        }
    }

    private static void ApplyCost(RequestProfile profile, ReadOnlySpan<CandidateScore> candidates)
    {
        foreach (var candidate in candidates)
        {
            candidate.CostUsd = CostEstimate.Usd(candidate, profile.Choices);
        }

        var mean = Mean(candidates, static candidate => candidate.CostUsd);
        foreach (var candidate in candidates)
        {
            if (candidate.CostUsd is null)
            {
                candidate.CostUsd = mean;
                candidate.Assumed |= Assumptions.Cost;
            }
        }
    }

    /// <summary>Over the candidates of the plan that have a value: who is excluded has no say.</summary>
    private static double? Mean(ReadOnlySpan<CandidateScore> candidates, Func<CandidateScore, double?> value)
    {
        var (sum, count) = (0.0, 0);
        foreach (var candidate in candidates)
        {
            if (candidate.IsInPlan && value(candidate) is { } known)
            {
                sum += known;
                count++;
            }
        }

        return count == 0 ? null : sum / count;
    }
}
