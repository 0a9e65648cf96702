using Gateway.Engine.ChatTemplates.Library;
using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Expressions;

/// <summary><c>subject | filter(arguments)</c></summary>
internal sealed class FilterExpression(int line, Builtin filter, Expression subject, ArgumentList arguments) : Expression(line)
{
    protected override Value EvaluateCore(RenderContext context)
    {
        var value = subject.Evaluate(context);
        var values = arguments.Evaluate(context);
        context.Line = Line;
        return filter.Invoke(value, values, context);
    }
}
