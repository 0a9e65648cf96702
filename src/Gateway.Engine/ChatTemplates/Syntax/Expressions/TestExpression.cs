using Gateway.Engine.ChatTemplates.Library;
using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Expressions;

/// <summary><c>subject is test(arguments)</c></summary>
internal sealed class TestExpression(int line, Builtin test, Expression subject, ArgumentList arguments) : Expression(line)
{
    protected override Value EvaluateCore(RenderContext context)
    {
        var value = subject.Evaluate(context);
        var values = arguments.Evaluate(context);
        context.Line = Line;
        return test.Invoke(value, values, context);
    }
}
