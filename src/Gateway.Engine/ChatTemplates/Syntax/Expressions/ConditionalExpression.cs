using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Expressions;

/// <summary><c>value if condition else otherwise</c>; without <c>else</c> the other outcome is undefined.</summary>
internal sealed class ConditionalExpression(int line, Expression condition, Expression value, Expression? otherwise) : Expression(line)
{
    protected override Value EvaluateCore(RenderContext context) =>
        condition.Evaluate(context).IsTrue ? value.Evaluate(context)
        : otherwise?.Evaluate(context) ?? new UndefinedValue("the inline 'if' was false and has no 'else'");
}
