namespace Gateway.Engine.Dialogue;

/// <summary>Whether an answer calls functions.</summary>
public enum ToolChoiceMode
{
    /// <summary>The model decides.</summary>
    Auto,

    /// <summary>It does not: the model is not told of the tools.</summary>
    None,

    /// <summary>It does, and nothing else: at least one call.</summary>
    Required,
}
