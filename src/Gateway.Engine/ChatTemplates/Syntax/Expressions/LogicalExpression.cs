using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Expressions;

/// <summary><c>and</c> and <c>or</c>: the value is that of the side that decided.</summary>
internal sealed class LogicalExpression(int line, bool isAnd, Expression left, Expression right) : Expression(line)
{
    protected override Value EvaluateCore(RenderContext context)
    {
        var first = left.Evaluate(context);
        return first.IsTrue == isAnd ? right.Evaluate(context) : first;
    }
}
