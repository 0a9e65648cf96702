using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Runtime;

/// <summary>Python's equality, order and membership.</summary>
internal static class Comparison
{
    public static bool AreEqual(Value left, Value right, RenderBudget budget)
    {
        budget.Step(1);
        switch (left, right)
        {
            case (StringValue x, StringValue y):
                budget.Walk(Math.Min(x.Text.Length, y.Text.Length));
                return x.Text == y.Text;
            case (ListValue, ListValue) or (TupleValue, TupleValue):
                return AreItemsEqual(((SequenceValue)left).Items, ((SequenceValue)right).Items, budget);
            case (DictValue x, DictValue y):
                return x.Entries.Count == y.Entries.Count
                    && x.Entries.All(entry => y.TryGet(entry.Key, out var other) && AreEqual(entry.Value, other, budget));
            case (NoneValue, NoneValue) or (UndefinedValue, UndefinedValue):
                return true;
            default:
                return ReferenceEquals(left, right) || (Numbers.TryCompare(left, right, out var order) && order == 0);
        }
    }

    /// <summary>Negative, 0 or positive; null when a NaN is involved, which is neither less nor greater.</summary>
    public static int? Order(Value left, Value right, RenderBudget budget)
    {
        budget.Step(1);
        switch (left, right)
        {
            case (StringValue x, StringValue y):
                budget.Walk(Math.Min(x.Text.Length, y.Text.Length));
                return PythonString.Compare(x.Text, y.Text);
            case (ListValue, ListValue) or (TupleValue, TupleValue):
                return OrderItems(((SequenceValue)left).Items, ((SequenceValue)right).Items, budget);
            case (UndefinedValue undefined, _):
                throw undefined.Error();
            case (_, UndefinedValue undefined):
                throw undefined.Error();
            case (FloatValue or IntegerValue or BoolValue, FloatValue or IntegerValue or BoolValue):
                return Numbers.TryCompare(left, right, out var order) ? order : null;
            default:
                throw new ChatTemplateException($"'{left.TypeName}' and '{right.TypeName}' have no order.");
        }
    }

    /// <summary>The operator <c>in</c>.</summary>
    public static bool Contains(Value container, Value item, RenderBudget budget)
    {
        switch (container)
        {
            case StringValue text when item is StringValue part:
                budget.Walk(text.Text.Length);
                budget.Search(text.Text.Length, part.Text.Length);
                return text.Text.Contains(part.Text, StringComparison.Ordinal);
            case StringValue:
                throw item is UndefinedValue undefined
                    ? undefined.Error()
                    : new ChatTemplateException($"'in <string>' needs a string on its left, not '{item.TypeName}'.");
            case DictValue dict:
                budget.Hash(item);
                return dict.TryGet(item, out _);
            default:
                return Iteration.Items(container, budget).Any(candidate => AreEqual(candidate, item, budget));
        }
    }

    private static bool AreItemsEqual(IReadOnlyList<Value> left, IReadOnlyList<Value> right, RenderBudget budget)
    {
        var equal = left.Count == right.Count;
        for (var i = 0; equal && i < left.Count; i++)
        {
            equal = AreEqual(left[i], right[i], budget);
        }

        return equal;
    }

    private static int? OrderItems(IReadOnlyList<Value> left, IReadOnlyList<Value> right, RenderBudget budget)
    {
        for (var i = 0; i < Math.Min(left.Count, right.Count); i++)
        {
            if (!AreEqual(left[i], right[i], budget))
            {
                return Order(left[i], right[i], budget);
            }
        }

        return left.Count.CompareTo(right.Count);
    }
}
