namespace Gateway.Engine;

/// <summary>One token of an answer, in the order of generation.</summary>
/// <param name="Id">The token id. The token that stops a generation is delivered too.</param>
/// <param name="Logprob">Log-probabilities, when the request asked for them.</param>
/// <param name="Finish">Set on the last token of the answer, and only there.</param>
public readonly record struct GeneratedToken(int Id, TokenLogprob? Logprob, FinishReason? Finish)
{
    /// <summary>Leading tokens of the prompt that were found in the prefix cache, and so not computed; the same on every token of an answer.</summary>
    public int CachedPromptTokens { get; init; }
}
