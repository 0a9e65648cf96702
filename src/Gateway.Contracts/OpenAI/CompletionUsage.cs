namespace Gateway.Contracts.OpenAI;

/// <summary>The <c>usage</c> object of an answer.</summary>
public sealed record CompletionUsage(long PromptTokens, long CompletionTokens)
{
    public long TotalTokens => PromptTokens + CompletionTokens;

    /// <summary>How the prompt's tokens were come by; null when nothing is known of it.</summary>
    public PromptTokensDetails? PromptTokensDetails { get; init; }

    /// <summary>What the completion's tokens were spent on; null for a model that does nothing but answer.</summary>
    public CompletionTokensDetails? CompletionTokensDetails { get; init; }
}

/// <param name="ReasoningTokens">The part of the completion's tokens that was spent on reasoning.</param>
public sealed record CompletionTokensDetails(long ReasoningTokens);

/// <param name="CachedTokens">The part of the prompt's tokens that was found in a cache, and so not computed.</param>
public sealed record PromptTokensDetails(long CachedTokens);
