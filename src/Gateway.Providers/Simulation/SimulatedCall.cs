namespace Gateway.Providers.Simulation;

/// <summary>How long a simulated answer takes, and how long it is.</summary>
/// <param name="FirstToken">From the request to the first token.</param>
/// <param name="BetweenTokens">From one token to the next.</param>
/// <param name="Tokens">The tokens of the whole answer; at least 1. What a continuation goes on from counts.</param>
/// <param name="PromptTokens">What the provider reports as the prompt's tokens.</param>
public readonly record struct SimulatedCall(TimeSpan FirstToken, TimeSpan BetweenTokens, int Tokens, int PromptTokens)
{
    /// <summary>What the provider reports as the answer's tokens, when several of them stand for one; null for <see cref="Tokens"/>.</summary>
    public int? ReportedTokens { get; init; }
}
