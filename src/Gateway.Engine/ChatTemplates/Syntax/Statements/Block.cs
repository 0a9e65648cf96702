using Gateway.Engine.ChatTemplates.Runtime;

namespace Gateway.Engine.ChatTemplates.Syntax.Statements;

/// <summary>Statements in order, up to the first that breaks or continues a loop.</summary>
internal sealed class Block(IReadOnlyList<Statement> statements)
{
    public Flow Execute(RenderContext context)
    {
        foreach (var statement in statements)
        {
            var flow = statement.Execute(context);
            if (flow != Flow.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }
}
