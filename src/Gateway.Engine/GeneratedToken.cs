namespace Gateway.Engine;

/// <summary>One token of an answer, in the order of generation.</summary>
/// <param name="Id">The token id. The token that stops a generation is delivered too.</param>
/// <param name="Logprob">Log-probabilities, when the request asked for them.</param>
/// <param name="Finish">Set on the last token of the answer, and only there.</param>
public readonly record struct GeneratedToken(int Id, TokenLogprob? Logprob, FinishReason? Finish);
