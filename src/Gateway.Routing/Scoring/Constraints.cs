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
        if (WrongKind(request.Profile, model) is { } otherUse)
        {
            candidate.Exclusion = Exclusion.WrongKind;
            candidate.ExclusionDetail = otherUse;
        }
        else if (missing != ModelCapabilities.None)
        {
            candidate.Exclusion = Exclusion.MissingCapability;
            candidate.ExclusionDetail = $"lacks {string.Join(", ", CapabilityNames.Of(missing))}";
        }
        else if (PerPrompt(candidate.PromptTokens, request.Profile) is var prompt && (long)prompt + answer > model.ContextWindow)
        {
            candidate.Exclusion = Exclusion.ContextWindow;
            candidate.ExclusionDetail = string.Create(
                CultureInfo.InvariantCulture, $"about {prompt} tokens of prompt and {answer} of answer; the window has {model.ContextWindow}");
        }

        return candidate;
    }

    /// <summary>
    /// Leaves an embeddings request those candidates whose vectors can be compared: the first one of the file that embeds decides, whatever
    /// its health and price. An index of vectors of two models finds nothing.
    /// </summary>
    /// <param name="request">What is asked.</param>
    /// <param name="candidates">In the order of the file.</param>
    public static void KeepComparable(in RoutingRequest request, ReadOnlySpan<CandidateScore> candidates)
    {
        if (!request.Profile.Needs.HasFlag(ModelCapabilities.Embeddings))
        {
            return;
        }

        ModelCard? first = null;
        foreach (var candidate in candidates)
        {
            if (candidate.Exclusion == Exclusion.WrongKind)
            {
                continue;
            }

            first ??= candidate.Model;
            if (!candidate.Model.HasVectorsOf(first))
            {
                candidate.Exclusion = Exclusion.OtherVectors;
                candidate.ExclusionDetail = $"has vectors that cannot be compared with those of '{first.QualifiedName}'";
            }
        }
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
            else if ((candidates.Length == 1 && candidate.Exclusion != Exclusion.WrongKind)
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

    /// <summary>What a model cannot be asked for, whatever else it can do; null when the request is of its kind.</summary>
    private static string? WrongKind(RequestProfile profile, ModelCard model)
    {
        var embeds = profile.Needs.HasFlag(ModelCapabilities.Embeddings);
        return embeds && !model.Capabilities.HasFlag(ModelCapabilities.Embeddings) ? "is no embedding model: its card does not list embeddings"
            : !embeds && model.Kind == ModelKind.Embedding ? "is an embedding model, which generates no text: it serves /v1/embeddings"
            : null;
    }

    /// <summary>Each text of a request has the window to itself. Which is the longest is not known; it has no fewer tokens than this.</summary>
    private static int PerPrompt(int tokens, RequestProfile profile) => (int)Math.Ceiling(tokens / (double)Math.Max(1, profile.Prompts));

    private static int PromptTokens(RequestProfile profile, ModelCard model, ModelObservation? observation)
    {
        var ratio = observation is null ? 1 : Shrinkage.Toward(1, observation.TokenRatio, observation.Calls);
        return (int)Math.Min(Math.Ceiling(profile.PromptTokens(model.Tokenizer) * ratio), int.MaxValue);
    }

    /// <summary>
    /// What must fit beside the prompt. Above the model's own limit providers cut the answer short or refuse, each as it likes; so no
    /// candidate is excluded for that limit, and no more than it counts here.
    /// </summary>
    private static int AnswerTokens(RequestProfile profile, ModelCard model) => Math.Clamp(profile.MaxOutputTokens ?? 1, 0, model.MaxOutputTokens);
}
