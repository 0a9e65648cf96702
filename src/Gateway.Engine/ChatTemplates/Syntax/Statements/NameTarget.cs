using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Statements;

internal sealed class NameTarget(string name) : AssignmentTarget
{
    public override void Assign(Value value, RenderContext context) => context.Scope.Set(name, value);
}
