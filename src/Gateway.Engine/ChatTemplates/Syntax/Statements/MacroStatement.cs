using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Statements;

/// <summary><c>{% macro name(parameters) %}…{% endmacro %}</c></summary>
internal sealed class MacroStatement(int line, MacroDefinition definition) : Statement(line)
{
    protected override Flow ExecuteCore(RenderContext context)
    {
        context.Scope.Set(definition.Name, new MacroValue(definition, context.Scope));
        return Flow.Next;
    }
}
