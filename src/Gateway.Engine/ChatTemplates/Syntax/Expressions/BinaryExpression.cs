using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Expressions;

/// <summary>An operator that always needs both sides: arithmetic and <c>~</c>.</summary>
internal sealed class BinaryExpression(int line, BinaryOperator apply, Expression left, Expression right) : Expression(line)
{
    protected override Value EvaluateCore(RenderContext context)
    {
        var leftValue = left.Evaluate(context);
        var rightValue = right.Evaluate(context);
        context.Line = Line;
        return apply(leftValue, rightValue, context.Budget);
    }
}
