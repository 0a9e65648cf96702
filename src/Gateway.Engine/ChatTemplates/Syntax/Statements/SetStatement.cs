using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Syntax.Expressions;

namespace Gateway.Engine.ChatTemplates.Syntax.Statements;

/// <summary><c>{% set target = value %}</c></summary>
internal sealed class SetStatement(int line, AssignmentTarget target, Expression value) : Statement(line)
{
    protected override Flow ExecuteCore(RenderContext context)
    {
        var assigned = value.Evaluate(context);
        context.Line = Line;
        target.Assign(assigned, context);
        return Flow.Next;
    }
}
