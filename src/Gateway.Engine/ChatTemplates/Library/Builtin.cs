using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Library;

/// <summary>What a built-in does with its subject (the filtered or tested value, the object of a method) and arguments.</summary>
internal delegate Value BuiltinBody(Value subject, Arguments arguments, RenderContext context);

/// <summary>A filter, test, method or global function.</summary>
internal sealed class Builtin
{
    private readonly string[] _parameters;
    private readonly int _required;
    private readonly bool _takesAny;
    private readonly BuiltinBody _body;

    /// <param name="name">The name that templates use.</param>
    /// <param name="parameters">Parameter names in order; those that end in <c>?</c> are optional; <c>*</c> alone accepts anything.</param>
    /// <param name="body">The implementation.</param>
    public Builtin(string name, string[] parameters, BuiltinBody body)
    {
        Name = name;
        _takesAny = parameters is ["*"];
        _parameters = _takesAny ? [] : [.. parameters.Select(parameter => parameter.TrimEnd('?'))];
        _required = _takesAny ? 0 : parameters.Count(parameter => !parameter.EndsWith('?'));
        _body = body;
    }

    public string Name { get; }

    public Value Invoke(Value subject, CallArguments arguments, RenderContext context)
    {
        if (FindMismatch(arguments.Positional.Count, [.. arguments.Named.Select(named => named.Key)]) is { } mismatch)
        {
            throw new ChatTemplateException(mismatch);
        }

        context.Budget.Walk(subject);
        foreach (var argument in arguments.Positional)
        {
            context.Budget.Walk(argument);
        }

        return _body(subject, new Arguments(Name, Bind(arguments), arguments), context);
    }

    /// <summary>Why a call with such arguments is wrong, or null when it is right. The parser asks before anything is rendered.</summary>
    public string? FindMismatch(int positional, IReadOnlyList<string> named)
    {
        if (_takesAny)
        {
            return null;
        }

        if (positional > _parameters.Length)
        {
            return $"'{Name}' takes at most {_parameters.Length} arguments, not {positional}.";
        }

        foreach (var name in named)
        {
            var position = Array.IndexOf(_parameters, name);
            if (position < 0)
            {
                return $"'{Name}' has no argument '{name}'; it has: {(_parameters.Length == 0 ? "none" : string.Join(", ", _parameters))}.";
            }

            if (position < positional || named.Count(other => other == name) > 1)
            {
                return $"'{Name}' gets its argument '{name}' twice.";
            }
        }

        var missing = _parameters.Take(_required).Skip(positional).FirstOrDefault(name => !named.Contains(name));
        return missing is null ? null : $"'{Name}' needs the argument '{missing}'.";
    }

    private Value?[] Bind(CallArguments arguments)
    {
        var bound = new Value?[_parameters.Length];
        for (var i = 0; i < bound.Length && i < arguments.Positional.Count; i++)
        {
            bound[i] = arguments.Positional[i];
        }

        foreach (var (name, value) in arguments.Named)
        {
            if (Array.IndexOf(_parameters, name) is var position && position >= 0)
            {
                bound[position] = value;
            }
        }

        return bound;
    }
}
