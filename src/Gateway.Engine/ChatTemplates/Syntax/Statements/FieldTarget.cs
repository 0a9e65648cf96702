using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Statements;

/// <summary><c>namespace.field</c></summary>
internal sealed class FieldTarget(string name, string field) : AssignmentTarget
{
    public override void Assign(Value value, RenderContext context)
    {
        if (context.Lookup(name) is not NamespaceValue fields)
        {
            throw new ChatTemplateException(
                $"'{name}.{field}' cannot be set: '{name}' is no namespace (create it with 'set {name} = namespace()').");
        }

        fields.Set(field, value);
    }
}
