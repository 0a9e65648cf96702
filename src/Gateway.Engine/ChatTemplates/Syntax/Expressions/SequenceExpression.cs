using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Expressions;

/// <summary><c>[a, b]</c> or <c>(a, b)</c>.</summary>
internal sealed class SequenceExpression(int line, IReadOnlyList<Expression> items, bool isTuple) : Expression(line)
{
    protected override Value EvaluateCore(RenderContext context)
    {
        context.Budget.AllocateItems(items.Count);
        Value[] values = [.. items.Select(item => item.Evaluate(context))];
        context.Line = Line;
        return isTuple ? new TupleValue(values) : new ListValue(values);
    }
}
