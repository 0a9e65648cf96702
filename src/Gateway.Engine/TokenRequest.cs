using Gateway.Engine.Constraints;
using Gateway.Engine.Sampling;

namespace Gateway.Engine;

/// <summary>What to generate from: token ids in, token ids out.</summary>
public sealed record TokenRequest
{
    /// <summary>The most alternatives per token that <see cref="TopLogprobs"/> may ask for.</summary>
    public const int MaxTopLogprobs = 20;

    /// <summary>The prompt, BOS included where the model wants one. At least 1 id, and room for one more token in the context.</summary>
    public required IReadOnlyList<int> PromptIds { get; init; }

    /// <summary>Most tokens to generate, at least 1. The end of the context ends the answer too. The default is no other limit.</summary>
    public int MaxTokens { get; init; } = int.MaxValue;

    /// <summary>How the next token is chosen. The default is the model's own distribution (temperature 1).</summary>
    public SamplingParameters Sampling { get; init; } = new();

    /// <summary>Ids that end the answer beside the model's own end-of-sequence ids.</summary>
    public IReadOnlyList<int> StopTokenIds { get; init; } = [];

    /// <summary>True: go on past the model's end-of-sequence ids. <see cref="StopTokenIds"/> hold all the same.</summary>
    public bool IgnoreEos { get; init; }

    /// <summary>
    /// Null: no log-probabilities. Otherwise each token comes with its own, and with those of so many of the likeliest tokens:
    /// 0 to <see cref="MaxTopLogprobs"/>.
    /// </summary>
    public int? TopLogprobs { get; init; }

    /// <summary>The adapter that it is under, one of <see cref="ModelDescription.Adapters"/>; null (the default) for the bare model.</summary>
    public string? Adapter { get; init; }

    /// <summary>Where it comes from.</summary>
    public RequestOrigin Origin { get; init; } = RequestOrigin.Anyone;

    /// <summary>
    /// A grammar that the answer must fulfil; null (the default): any answer. It needs an id that ends the answer, so not with
    /// <see cref="IgnoreEos"/> alone.
    /// </summary>
    public TokenConstraint? Constraint { get; init; }
}
