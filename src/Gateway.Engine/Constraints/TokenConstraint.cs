namespace Gateway.Engine.Constraints;

/// <summary>
/// Holds an answer to a grammar: at each step only tokens can be drawn with which it can still be fulfilled, and the answer can end only
/// where it is. The mask comes before bias, penalties and temperature; log-probabilities stay those of the model itself.
/// </summary>
/// <param name="Grammar">What the answer must be.</param>
/// <param name="BeginsAfterTokenId">
/// The token that ends the reasoning, such as <c>&lt;/think&gt;</c>: the answer up to it is free, and the grammar is about what comes
/// behind it. Null: the grammar is about the whole answer.
/// </param>
public sealed record TokenConstraint(Grammar Grammar, int? BeginsAfterTokenId = null);
