using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Expressions;

/// <summary>A place in the tree whose content stands further on in the template: the subject of <c>{% filter f %}</c>.</summary>
internal sealed class SlotExpression(int line) : Expression(line)
{
    public Expression Content { get; set; } = new LiteralExpression(line, StringValue.Empty);

    protected override Value EvaluateCore(RenderContext context) => Content.Evaluate(context);
}
