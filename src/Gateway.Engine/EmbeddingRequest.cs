namespace Gateway.Engine;

/// <summary>A text to embed: token ids in, one vector out.</summary>
public sealed record EmbeddingRequest
{
    /// <summary>The text, special tokens included where the model wants them: 1 id at least, no more than the context holds.</summary>
    public required IReadOnlyList<int> PromptIds { get; init; }

    /// <summary>How the tokens' states after the last norm become one vector.</summary>
    public required EmbeddingPooling Pooling { get; init; }

    /// <summary>
    /// Keep the first so many numbers only: 1 to <see cref="ModelDescription.EmbeddingSize"/>; null (the default) for all. The vector has
    /// length 1 afterwards. Models trained for it lose little by it (Matryoshka representation learning, arXiv:2205.13147); others more.
    /// </summary>
    public int? Dimensions { get; init; }

    /// <summary>The adapter that it is under, one of <see cref="ModelDescription.Adapters"/>; null (the default) for the bare model.</summary>
    public string? Adapter { get; init; }

    /// <summary>Where it comes from.</summary>
    public RequestOrigin Origin { get; init; } = RequestOrigin.Anyone;
}
