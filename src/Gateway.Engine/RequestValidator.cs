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

        CheckTopLogprobs(request.TopLogprobs);
        CheckAdapter(request.Adapter, model);
        CheckOrigin(request.Origin);
        request.Sampling.Validate(model.VocabularySize);
        if (request.Constraint is { } constraint)
        {
            Validate(constraint, request, model);
        }
    }

    /// <exception cref="EngineRequestException">Names the first member that is wrong.</exception>
    public static void Validate(EmbeddingRequest request, ModelDescription model)
    {
        CheckWhole(nameof(EmbeddingRequest.PromptIds), request.PromptIds, model);
        CheckAdapter(request.Adapter, model);
        if (!Enum.IsDefined(request.Pooling))
        {
            throw new EngineRequestException(nameof(EmbeddingRequest.Pooling), $"{request.Pooling} is not known; it must be Mean or Last.");
        }

        if (request.Dimensions is { } dimensions && (dimensions < 1 || dimensions > model.EmbeddingSize))
        {
            throw new EngineRequestException(
                nameof(EmbeddingRequest.Dimensions), $"{dimensions} is out of range; the model's embeddings have 1 to {model.EmbeddingSize} dimensions.");
        }
    }

    /// <exception cref="EngineRequestException">Names the first member that is wrong.</exception>
    public static void Validate(ScoreRequest request, ModelDescription model)
    {
        CheckWhole(nameof(ScoreRequest.PromptIds), request.PromptIds, model);
        CheckTopLogprobs(request.TopLogprobs);
        CheckAdapter(request.Adapter, model);
    }

    /// <summary>A text that nothing is added to may fill the context.</summary>
    private static void CheckWhole(string field, IReadOnlyList<int> ids, ModelDescription model)
    {
        if (ids.Count == 0)
        {
            throw new EngineRequestException(field, "the text is empty; give at least one token.");
        }

        if (ids.Count > model.ContextLength)
        {
            throw new EngineRequestException(field, $"the text has {ids.Count} tokens; it may have {model.ContextLength}. Shorten it.");
        }

        CheckIds(field, ids, model.VocabularySize);
    }

    private static void CheckTopLogprobs(int? top)
    {
        if (top is < 0 or > TokenRequest.MaxTopLogprobs)
        {
            throw new EngineRequestException(
                nameof(TokenRequest.TopLogprobs), $"{top} is out of range; it must be 0 to {TokenRequest.MaxTopLogprobs}, or null.");
        }
    }

    private static void CheckAdapter(string? adapter, ModelDescription model)
    {
        if (model.NumberOf(adapter) is null)
        {
            throw new EngineRequestException(
                nameof(TokenRequest.Adapter),
                model.Adapters.Count == 0
                    ? $"there is no adapter '{adapter}': the model was loaded without any."
                    : $"there is no adapter '{adapter}'; there are {string.Join(", ", model.Adapters)}.");
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

    private static void CheckOrigin(RequestOrigin origin)
    {
        if (!Enum.IsDefined(origin.Priority))
        {
            throw new EngineRequestException(nameof(RequestOrigin.Priority), $"{(int)origin.Priority} is none; it must be Low, Normal or High.");
        }
    }
}
