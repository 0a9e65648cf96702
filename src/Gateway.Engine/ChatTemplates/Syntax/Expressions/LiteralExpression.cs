using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Expressions;

internal sealed class LiteralExpression(int line, Value value) : Expression(line)
{
    protected override Value EvaluateCore(RenderContext context) => value;
}
