using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Syntax.Expressions;

/// <summary><c>{'key': value}</c></summary>
internal sealed class DictExpression(int line, IReadOnlyList<KeyValuePair<Expression, Expression>> entries) : Expression(line)
{
    protected override Value EvaluateCore(RenderContext context)
    {
        context.Budget.AllocateItems(entries.Count);
        KeyValuePair<Value, Value>[] values =
            [.. entries.Select(entry => KeyValuePair.Create(entry.Key.Evaluate(context), entry.Value.Evaluate(context)))];
        context.Line = Line;
        foreach (var (key, _) in values)
        {
            context.Budget.Hash(key);
        }

        return new DictValue(values);
    }
}
