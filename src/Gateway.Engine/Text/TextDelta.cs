namespace Gateway.Engine.Text;

/// <summary>What one generated token adds to an answer.</summary>
/// <param name="Text">Whole characters only; empty while a character, or perhaps a stop string, is incomplete.</param>
/// <param name="Token">The token behind it.</param>
/// <param name="Finish">Set on the last delta of the answer, and only there.</param>
public readonly record struct TextDelta(string Text, GeneratedToken Token, FinishReason? Finish);
