using Gateway.Engine;

namespace Gateway.Providers.Local;

/// <summary>What one step of a completion adds to a choice.</summary>
/// <param name="Text">Its text; the whole prompt where it is echoed.</param>
/// <param name="Token">The generated token; null for the prompt, and for an end without one.</param>
/// <param name="PromptScores">Of an echoed prompt, one per token but the first; null where none are wanted.</param>
/// <param name="Finish">Set on the last piece of the choice, and only there.</param>
internal readonly record struct CompletionPiece(string Text, GeneratedToken? Token, IReadOnlyList<TokenLogprob>? PromptScores, FinishReason? Finish);
