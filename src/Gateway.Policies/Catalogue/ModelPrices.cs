namespace Gateway.Policies;

/// <summary>What a model's tokens cost.</summary>
/// <param name="Input">A token of the prompt that the provider had to read.</param>
/// <param name="CachedInput">A token of the prompt that the provider found in its cache; by default as <paramref name="Input"/>.</param>
/// <param name="Output">A token of the answer, reasoning included.</param>
public sealed record ModelPrices(TokenPrice Input, TokenPrice CachedInput, TokenPrice Output);
