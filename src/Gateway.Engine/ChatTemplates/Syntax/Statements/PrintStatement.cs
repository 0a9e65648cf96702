using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Syntax.Expressions;

namespace Gateway.Engine.ChatTemplates.Syntax.Statements;

/// <summary><c>{{ expression }}</c></summary>
internal sealed class PrintStatement(int line, Expression expression) : Statement(line)
{
    protected override Flow ExecuteCore(RenderContext context)
    {
        PythonText.WriteStr(context.Output, expression.Evaluate(context), context.Budget);
        return Flow.Next;
    }
}
