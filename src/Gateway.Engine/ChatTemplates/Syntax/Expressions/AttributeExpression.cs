using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Expressions;

/// <summary><c>subject.name</c></summary>
internal sealed class AttributeExpression(int line, Expression subject, string name) : Expression(line)
{
    protected override Value EvaluateCore(RenderContext context)
    {
        var value = subject.Evaluate(context);
        context.Line = Line;
        return Members.Attribute(value, name);
    }
}
