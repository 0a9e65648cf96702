namespace Gateway.Engine.Dialogue;

/// <summary>What one generated token adds to an answer.</summary>
/// <param name="Parts">In their order; empty while a character, a mark or perhaps a stop string is incomplete.</param>
/// <param name="Token">The token behind it.</param>
/// <param name="IsReasoning">Whether the token was spent on reasoning, whose marks count too.</param>
/// <param name="Finish">Set on the last delta of the answer, and only there.</param>
public readonly record struct ChatDelta(IReadOnlyList<AnswerPart> Parts, GeneratedToken Token, bool IsReasoning, FinishReason? Finish);
