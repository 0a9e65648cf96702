using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Expressions;

/// <summary><c>subject[key]</c></summary>
internal sealed class ItemExpression(int line, Expression subject, Expression key) : Expression(line)
{
    protected override Value EvaluateCore(RenderContext context)
    {
        var value = subject.Evaluate(context);
        var keyValue = key.Evaluate(context);
        context.Line = Line;
        if (value is StringValue text)
        {
            context.Budget.Walk(text.Text.Length);
        }

        context.Budget.Hash(keyValue);
        return Members.Item(value, keyValue);
    }
}
