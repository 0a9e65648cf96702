namespace Gateway.Engine.ChatTemplates.Syntax.Statements;

/// <summary>How a statement ended.</summary>
internal enum Flow
{
    Next,
    Break,
    Continue,
}
