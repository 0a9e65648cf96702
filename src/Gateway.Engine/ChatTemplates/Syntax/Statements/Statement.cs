using Gateway.Engine.ChatTemplates.Runtime;

namespace Gateway.Engine.ChatTemplates.Syntax.Statements;

/// <summary>A node that prints, assigns or steers.</summary>
internal abstract class Statement(int line)
{
    public int Line { get; } = line;

    public Flow Execute(RenderContext context)
    {
        context.Budget.Enter();
        context.Line = Line;
        var flow = ExecuteCore(context);
        context.Budget.Leave();
        return flow;
    }

    protected abstract Flow ExecuteCore(RenderContext context);
}
