using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Syntax.Statements;

namespace Gateway.Engine.ChatTemplates.Values;

/// <summary>A macro together with the scope that it was defined in.</summary>
internal sealed class MacroValue(MacroDefinition definition, Scope closure) : CallableValue(definition.Name)
{
    public override string TypeName => "macro";

    public override Value Call(CallArguments arguments, RenderContext context) => definition.Invoke(arguments, closure, context);
}
