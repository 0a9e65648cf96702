namespace Gateway.Engine.Dialogue;

/// <summary>A piece of an answer. All pieces together are the answer, wherever it was cut.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Whole characters, never empty: text, a function's name, or JSON text of arguments.</param>
public readonly record struct AnswerPart(AnswerPartKind Kind, string Text);
