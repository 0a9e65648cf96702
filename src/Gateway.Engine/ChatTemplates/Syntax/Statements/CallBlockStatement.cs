using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Syntax.Expressions;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Statements;

/// <summary><c>{% call macro(arguments) %}…{% endcall %}</c>: the macro prints the block wherever it says <c>caller()</c>.</summary>
internal sealed class CallBlockStatement(int line, Expression macro, ArgumentList arguments, MacroDefinition caller) : Statement(line)
{
    protected override Flow ExecuteCore(RenderContext context)
    {
        var callee = macro.Evaluate(context);
        if (callee is not MacroValue called)
        {
            throw callee is UndefinedValue undefined
                ? undefined.Error()
                : new ChatTemplateException($"a 'call' block needs a macro, not a '{callee.TypeName}'.");
        }

        var (positional, named) = arguments.Evaluate(context);
        var block = KeyValuePair.Create<string, Value>(MacroDefinition.Caller, new MacroValue(caller, context.Scope));
        PythonText.WriteStr(context.Output, called.Call(new CallArguments(positional, [.. named, block]), context), context.Budget);
        return Flow.Next;
    }
}
