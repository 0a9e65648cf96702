using Gateway.Engine;

namespace Gateway.Providers.Local;

/// <summary>A completion in the engine's terms: some prompts, each answered by some candidates.</summary>
/// <param name="Prompts">At least one.</param>
/// <param name="Stops">Stop strings.</param>
internal sealed record LocalCompletionRequest(IReadOnlyList<LocalPrompt> Prompts, IReadOnlyList<string> Stops)
{
    /// <summary>Tokens that were cut off the beginnings of prompts.</summary>
    public int TruncatedTokens => Prompts.Sum(prompt => prompt.TruncatedTokens);

    /// <summary>Choices per prompt that the client gets (<c>n</c>).</summary>
    public required int Choices { get; init; }

    /// <summary>Answers per prompt that are generated (<c>best_of</c>); no fewer than <see cref="Choices"/>.</summary>
    public required int Candidates { get; init; }

    /// <summary>Whether each choice's text begins with its prompt.</summary>
    public required bool Echoes { get; init; }

    /// <summary>How many of the likeliest tokens come with each (<c>logprobs</c>); null for no log-probabilities.</summary>
    public required int? Logprobs { get; init; }

    /// <summary>Whether anything is generated; false for <c>max_tokens: 0</c>, which asks about the prompt alone.</summary>
    public required bool Generates { get; init; }

    /// <summary>The field that the answers' grammar comes from; null where there is none.</summary>
    public required string? ConstraintField { get; init; }
}

/// <summary>One prompt of a completion.</summary>
/// <param name="Input">As the client sent it, or what is left of it.</param>
/// <param name="TruncatedTokens">Tokens that were cut off its beginning.</param>
/// <param name="Tokens">What its candidates are generated from; they differ in nothing but their seeds.</param>
internal sealed record LocalPrompt(TokenInput Input, int TruncatedTokens, TokenRequest Tokens)
{
    public TokenRequest ForCandidate(int candidate) =>
        candidate == 0 ? Tokens : Tokens with { Sampling = Tokens.Sampling with { Seed = ChoiceSeed.Of(Tokens.Sampling.Seed, candidate) } };
}
