namespace Gateway.Contracts.OpenAI;

/// <summary>Log probabilities in the shape of <c>/v1/completions</c>: four arrays of the same length.</summary>
/// <param name="Tokens">Each token's text; <c>bytes:\xe2\x80</c> where it is only part of a character.</param>
/// <param name="TokenLogprobs">Natural logarithms; null for the first token of an echoed prompt, which follows nothing.</param>
/// <param name="TopLogprobs">The likeliest tokens at each place, and the one that stands there; null where there is no <paramref name="TokenLogprobs"/>.</param>
/// <param name="TextOffset">Where each token's text begins in the choice's text, in Unicode code points.</param>
public sealed record CompletionLogprobs(
    IReadOnlyList<string> Tokens,
    IReadOnlyList<double?> TokenLogprobs,
    IReadOnlyList<IReadOnlyDictionary<string, double>?> TopLogprobs,
    IReadOnlyList<int> TextOffset);
