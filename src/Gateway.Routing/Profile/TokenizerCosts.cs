namespace Gateway.Routing;

/// <summary>What text and messages cost in the tokens of one family.</summary>
/// <param name="Coefficients">Tokens for each <see cref="TextFeature"/>.</param>
/// <param name="Factor">By which the text's sum is multiplied: 1 where the coefficients are the family's own.</param>
/// <param name="PerMessage">Tokens that the chat template puts around a message.</param>
/// <param name="PerRequest">Tokens that it puts once: the beginning of the text, and of the answer.</param>
internal sealed record TokenizerCosts(double[] Coefficients, double Factor, int PerMessage, int PerRequest);
