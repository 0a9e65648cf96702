namespace Gateway.Contracts.OpenAI;

/// <summary>Tokens of one answer by kind, as the provider counted them.</summary>
/// <param name="Input">All prompt tokens, cached ones included.</param>
/// <param name="CachedInput">The part of <paramref name="Input"/> that the provider read from its prompt cache.</param>
/// <param name="Output">All generated tokens, reasoning included.</param>
/// <param name="Reasoning">The part of <paramref name="Output"/> spent on reasoning.</param>
public readonly record struct TokenUsage(long Input, long CachedInput, long Output, long Reasoning);
