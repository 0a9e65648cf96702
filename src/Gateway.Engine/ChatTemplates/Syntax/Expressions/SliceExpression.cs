using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Expressions;

/// <summary><c>subject[start:stop:step]</c>; a missing bound is none.</summary>
internal sealed class SliceExpression(int line, Expression subject, Expression? start, Expression? stop, Expression? step)
    : Expression(line)
{
    protected override Value EvaluateCore(RenderContext context)
    {
        var value = subject.Evaluate(context);
        var (startValue, stopValue, stepValue) = (Bound(start, context), Bound(stop, context), Bound(step, context));
        context.Line = Line;
        return Slice.Of(value, startValue, stopValue, stepValue, context.Budget);
    }

    private static Value Bound(Expression? bound, RenderContext context) => bound?.Evaluate(context) ?? NoneValue.Instance;
}
