using Gateway.Engine.Constraints;

namespace Gateway.Engine;

/// <summary>Refuses what this model could never serve, before it takes anybody's place.</summary>
internal static class RequestValidator
{
    /// <exception cref="EngineRequestException">Names the first member that is wrong.</exception>
    public static void Validate(TokenRequest request, ModelDescription model)
    {
        if (request.PromptIds.Count == 0)
        {
            throw new EngineRequestException(nameof(TokenRequest.PromptIds), "the prompt is empty; give at least one token.");
        }

        if (request.PromptIds.Count >= model.ContextLength)
        {
            throw new EngineRequestException(
                nameof(TokenRequest.PromptIds),
                $"the prompt has {request.PromptIds.Count} tokens; with its answer it may have {model.ContextLength}. Shorten the prompt.");
        }

        CheckIds(nameof(TokenRequest.PromptIds), request.PromptIds, model.VocabularySize);
        CheckIds(nameof(TokenRequest.StopTokenIds), request.StopTokenIds, model.VocabularySize);
        if (request.MaxTokens < 1)
        {
            throw new EngineRequestException(nameof(TokenRequest.MaxTokens), $"{request.MaxTokens} is too few; it must be at least 1.");
        }

        if (request.TopLogprobs is < 0 or > TokenRequest.MaxTopLogprobs)
        {
            throw new EngineRequestException(
                nameof(TokenRequest.TopLogprobs),
                $"{request.TopLogprobs} is out of range; it must be 0 to {TokenRequest.MaxTopLogprobs}, or null.");
        }

        request.Sampling.Validate(model.VocabularySize);
        if (request.Constraint is { } constraint)
        {
            Validate(constraint, request, model);
        }
    }

    private static void Validate(TokenConstraint constraint, TokenRequest request, ModelDescription model)
    {
        if (constraint.BeginsAfterTokenId is { } id)
        {
            CheckIds(nameof(TokenRequest.Constraint), [id], model.VocabularySize);
        }

        if (request.StopTokenIds.Count == 0 && (request.IgnoreEos || model.EosTokenIds.Count == 0))
        {
            throw new EngineRequestException(
                nameof(TokenRequest.Constraint), "nothing could end the answer where its grammar is fulfilled; leave IgnoreEos out, or give stop ids.");
        }
    }

    private static void CheckIds(string field, IReadOnlyList<int> ids, int vocabularySize)
    {
        for (var i = 0; i < ids.Count; i++)
        {
            if (ids[i] < 0 || ids[i] >= vocabularySize)
            {
                throw new EngineRequestException(
                    field, $"id {ids[i]} at index {i} is out of range; the model knows 0 to {vocabularySize - 1}.");
            }
        }
    }
}
