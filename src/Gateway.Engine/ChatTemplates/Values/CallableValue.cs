using Gateway.Engine.ChatTemplates.Runtime;

namespace Gateway.Engine.ChatTemplates.Values;

/// <summary>What can stand before parentheses: a built-in function, a method of a value, a macro.</summary>
internal abstract class CallableValue : Value
{
    private protected CallableValue(string name) => Name = name;

    public string Name { get; }

    public override string TypeName => "function";

    public abstract Value Call(CallArguments arguments, RenderContext context);
}
