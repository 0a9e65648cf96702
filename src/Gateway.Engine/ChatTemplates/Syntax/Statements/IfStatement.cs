using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Syntax.Expressions;

namespace Gateway.Engine.ChatTemplates.Syntax.Statements;

/// <summary><c>if</c>, its <c>elif</c>s and its <c>else</c>.</summary>
internal sealed class IfStatement(int line, IReadOnlyList<(Expression Condition, Block Body)> branches, Block otherwise) : Statement(line)
{
    protected override Flow ExecuteCore(RenderContext context)
    {
        foreach (var (condition, body) in branches)
        {
            if (condition.Evaluate(context).IsTrue)
            {
                return body.Execute(context);
            }
        }

        return otherwise.Execute(context);
    }
}
