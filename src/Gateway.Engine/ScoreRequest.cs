namespace Gateway.Engine;

/// <summary>A text whose tokens the model is to judge: how likely it held each of them, given those before.</summary>
public sealed record ScoreRequest
{
    /// <summary>The text, BOS included where the model wants one: 1 id at least, no more than the context holds.</summary>
    public required IReadOnlyList<int> PromptIds { get; init; }

    /// <summary>How many of the likeliest tokens come with each: 0 (the default) to <see cref="TokenRequest.MaxTopLogprobs"/>.</summary>
    public int TopLogprobs { get; init; }

    /// <summary>The adapter that it is under, one of <see cref="ModelDescription.Adapters"/>; null (the default) for the bare model.</summary>
    public string? Adapter { get; init; }

    /// <summary>Where it comes from.</summary>
    public RequestOrigin Origin { get; init; } = RequestOrigin.Anyone;
}
