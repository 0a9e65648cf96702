using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Statements;

/// <summary>What stands left of <c>=</c> in <c>set</c>, or before <c>in</c> in <c>for</c>.</summary>
internal abstract class AssignmentTarget
{
    public abstract void Assign(Value value, RenderContext context);
}
