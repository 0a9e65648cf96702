using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Statements;

/// <summary><c>a, b</c>: one value is unpacked into several targets.</summary>
internal sealed class TupleTarget(IReadOnlyList<AssignmentTarget> targets) : AssignmentTarget
{
    public override void Assign(Value value, RenderContext context)
    {
        var parts = Iteration.Items(value, context.Budget);
        if (parts.Count != targets.Count)
        {
            throw new ChatTemplateException(
                $"{targets.Count} values are needed for as many names, but the '{value.TypeName}' has {parts.Count}.");
        }

        for (var i = 0; i < parts.Count; i++)
        {
            targets[i].Assign(parts[i], context);
        }
    }
}
