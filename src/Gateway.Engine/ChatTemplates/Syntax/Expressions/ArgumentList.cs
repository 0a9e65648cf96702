using Gateway.Engine.ChatTemplates.Runtime;

namespace Gateway.Engine.ChatTemplates.Syntax.Expressions;

/// <summary>The arguments of a call, filter or test, as written.</summary>
internal sealed record ArgumentList(IReadOnlyList<Expression> Positional, IReadOnlyList<KeyValuePair<string, Expression>> Named)
{
    public static ArgumentList Empty { get; } = new([], []);

    public CallArguments Evaluate(RenderContext context) => Positional.Count == 0 && Named.Count == 0
        ? CallArguments.None
        : new CallArguments(
            [.. Positional.Select(argument => argument.Evaluate(context))],
            [.. Named.Select(argument => KeyValuePair.Create(argument.Key, argument.Value.Evaluate(context)))]);
}
