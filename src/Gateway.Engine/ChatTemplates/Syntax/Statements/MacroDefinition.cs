using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Statements;

/// <summary>A macro's name, parameters and body. A <c>call</c> block is one too: the macro <c>caller</c>.</summary>
internal sealed record MacroDefinition(string Name, IReadOnlyList<MacroParameter> Parameters, Block Body)
{
    /// <summary>The macro under which a <c>call</c> block is handed to the macro that it calls.</summary>
    public const string Caller = "caller";

    public StringValue Invoke(CallArguments arguments, Scope closure, RenderContext context)
    {
        if (arguments.Positional.Count > Parameters.Count)
        {
            throw new ChatTemplateException(
                $"the macro '{Name}' takes at most {Parameters.Count} arguments, not {arguments.Positional.Count}.");
        }

        var scope = new Scope(closure);
        foreach (var (name, value) in arguments.Named)
        {
            if (name != Caller && Parameters.All(parameter => parameter.Name != name))
            {
                throw new ChatTemplateException($"the macro '{Name}' has no argument '{name}'.");
            }

            scope.Set(name, value);
        }

        var outer = context.Use(scope);
        for (var i = 0; i < Parameters.Count; i++)
        {
            Bind(i, arguments, scope, context);
        }

        var text = context.Capture(Body);
        context.Use(outer);
        return text;
    }

    private void Bind(int position, CallArguments arguments, Scope scope, RenderContext context)
    {
        var (name, otherwise) = Parameters[position];
        var isNamed = arguments.Named.Any(argument => argument.Key == name);
        if (position < arguments.Positional.Count)
        {
            scope.Set(name, isNamed
                ? throw new ChatTemplateException($"the macro '{Name}' gets its argument '{name}' twice.")
                : arguments.Positional[position]);
        }
        else if (!isNamed)
        {
            scope.Set(name, otherwise?.Evaluate(context) ?? new UndefinedValue($"the argument '{name}' of the macro '{Name}' was not given"));
        }
    }
}
