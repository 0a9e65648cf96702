using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Expressions;

/// <summary>A node that has a value.</summary>
internal abstract class Expression(int line)
{
    /// <summary>The line of its operator or, when it has none, of its first token.</summary>
    public int Line { get; } = line;

    public Value Evaluate(RenderContext context)
    {
        context.Budget.Enter();
        var value = EvaluateCore(context);
        context.Budget.Leave();
        return value;
    }

    protected abstract Value EvaluateCore(RenderContext context);
}
