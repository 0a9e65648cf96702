using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Expressions;

/// <summary><c>callee(arguments)</c></summary>
internal sealed class CallExpression(int line, Expression callee, ArgumentList arguments) : Expression(line)
{
    protected override Value EvaluateCore(RenderContext context)
    {
        var function = callee.Evaluate(context);
        var values = arguments.Evaluate(context);
        context.Line = Line;
        return function switch
        {
            CallableValue callable => callable.Call(values, context),
            UndefinedValue undefined => throw undefined.Error(),
            _ => throw new ChatTemplateException($"a '{function.TypeName}' cannot be called."),
        };
    }
}
