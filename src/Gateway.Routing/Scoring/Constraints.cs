using System.Globalization;
using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>What a candidate must be able to do before anything else is asked about it.</summary>
internal static class Constraints
{
    /// <summary>Finds out whether a candidate can serve the request; why not is kept with it.</summary>
    public static CandidateScore Check(in RoutingRequest request, ModelCard model, int position)
    {
        var observation = request.Observations.Find(model.QualifiedName);
        var candidate = new CandidateScore(model, position)
        {
            Observation = observation,
            Calls = observation?.Calls ?? 0,
            ErrorRate = observation?.ErrorRate,
            InFlight = observation?.InFlight ?? 0,
            PromptTokens = PromptTokens(request.Profile, model, observation),
        };
        var missing = request.Profile.Needs & ~model.Capabilities;
        var answer = AnswerTokens(request.Profile, model);
        if (missing != ModelCapabilities.None)
        {
            candidate.Exclusion = Exclusion.MissingCapability;
            candidate.ExclusionDetail = $"lacks {string.Join(", ", CapabilityNames.Of(missing))}";
        }
        else if ((long)candidate.PromptTokens + answer > model.ContextWindow)
        {
            candidate.Exclusion = Exclusion.ContextWindow;
            candidate.ExclusionDetail = string.Create(
                CultureInfo.InvariantCulture, $"about {candidate.PromptTokens} tokens of prompt and {answer} of answer; the window has {model.ContextWindow}");
        }

        return candidate;
    }

    /// <summary>
    /// Makes sure that nothing is refused on a guess: of candidates that are all excluded, the only one stays, or the one with the
    /// largest window among those that only an estimate speaks against.
    /// </summary>
    /// <returns>How many candidates are in the plan.</returns>
    public static int KeepLastResort(ReadOnlySpan<CandidateScore> candidates)
    {
        var passing = 0;
        CandidateScore? last = null;
        foreach (var candidate in candidates)
        {
            if (candidate.Exclusion == Exclusion.None)
            {
                passing++;
            }
            else if (candidates.Length == 1
                || (candidate.Exclusion == Exclusion.ContextWindow && !(last?.Model.ContextWindow >= candidate.Model.ContextWindow)))
            {
                last = candidate;
            }
        }

        if (passing > 0 || last is null)
        {
            return passing;
        }

        last.IsLastResort = true;
        return 1;
    }

    private static int PromptTokens(RequestProfile profile, ModelCard model, ModelObservation? observation)
    {
        var ratio = observation is null ? 1 : Shrinkage.Toward(1, observation.TokenRatio, observation.Calls);
        return (int)Math.Min(Math.Ceiling(profile.PromptTokens(model.Tokenizer) * ratio), int.MaxValue);
    }

    /// <summary>
    /// What must fit beside the prompt. Above the model's own limit providers cut the answer short or refuse, each as it likes; so no
    /// candidate is excluded for that limit, and no more than it counts here.
    /// </summary>
    private static int AnswerTokens(RequestProfile profile, ModelCard model) => Math.Clamp(profile.MaxOutputTokens ?? 1, 1, model.MaxOutputTokens);
}
