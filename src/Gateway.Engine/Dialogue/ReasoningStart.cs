namespace Gateway.Engine.Dialogue;

/// <summary>Whether an answer begins with reasoning, as far as the prompt decides it.</summary>
internal enum ReasoningStart
{
    /// <summary>The model decides: it reasons when it opens with the mark.</summary>
    Free,

    /// <summary>The prompt has opened the reasoning; the answer begins inside.</summary>
    Inside,

    /// <summary>The prompt has closed it, or the model has no reasoning: the answer is content.</summary>
    Over,
}
