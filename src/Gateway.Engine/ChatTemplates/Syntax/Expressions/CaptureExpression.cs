using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Syntax.Statements;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Expressions;

/// <summary>What a block prints, as a value: the source of <c>{% set x %}…{% endset %}</c> and <c>{% filter f %}…{% endfilter %}</c>.</summary>
internal sealed class CaptureExpression(int line, Block body) : Expression(line)
{
    protected override Value EvaluateCore(RenderContext context)
    {
        var outer = context.Use(new Scope(context.Scope));
        var text = context.Capture(body);
        context.Use(outer);
        return text;
    }
}
