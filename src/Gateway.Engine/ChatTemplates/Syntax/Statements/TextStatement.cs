using Gateway.Engine.ChatTemplates.Runtime;

namespace Gateway.Engine.ChatTemplates.Syntax.Statements;

/// <summary>Text between tags.</summary>
internal sealed class TextStatement(int line, string text) : Statement(line)
{
    protected override Flow ExecuteCore(RenderContext context)
    {
        context.Output.Append(text);
        return Flow.Next;
    }
}
