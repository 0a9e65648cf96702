using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Expressions;

internal sealed class NameExpression(int line, string name) : Expression(line)
{
    public string Name { get; } = name;

    protected override Value EvaluateCore(RenderContext context) => context.Lookup(Name);
}
