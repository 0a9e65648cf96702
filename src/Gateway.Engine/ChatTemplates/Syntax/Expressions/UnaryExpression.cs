using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Expressions;

internal sealed class UnaryExpression(int line, Func<Value, Value> apply, Expression operand) : Expression(line)
{
    protected override Value EvaluateCore(RenderContext context)
    {
        var value = operand.Evaluate(context);
        context.Line = Line;
        return apply(value);
    }
}
