using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Runtime;

/// <summary>What a <c>for</c> or a filter walks over.</summary>
internal static class Iteration
{
    public static bool IsIterable(Value value) => value is SequenceValue or StringValue or DictValue or IteratorValue or UndefinedValue;

    /// <summary>The elements: of a string its code points, of a dict its keys, of undefined none.</summary>
    public static IReadOnlyList<Value> Items(Value value, RenderBudget budget)
    {
        switch (value)
        {
            case SequenceValue sequence:
                return sequence.Items;
            case StringValue text:
                budget.AllocateItems(text.Text.Length);
                return [.. PythonString.CodePoints(text.Text).Select(point => new StringValue(point))];
            case DictValue dict:
                budget.AllocateItems(dict.Entries.Count);
                return [.. dict.Entries.Select(entry => entry.Key)];
            case IteratorValue iterator:
                return iterator.TakeAll();
            case UndefinedValue:
                return [];
            default:
                throw new ChatTemplateException($"a '{value.TypeName}' is not iterable; a list, dict or string is.");
        }
    }

    /// <summary>The items of a dict as a list of (key, value).</summary>
    public static ListValue Pairs(DictValue dict, RenderBudget budget)
    {
        budget.AllocateItems(3L * dict.Entries.Count);
        return new ListValue([.. dict.Entries.Select(entry => new TupleValue([entry.Key, entry.Value]))]);
    }

    /// <summary>The number of elements, or null for what has none.</summary>
    public static int? Length(Value value) => value switch
    {
        StringValue text => PythonString.Length(text.Text),
        SequenceValue sequence => sequence.Items.Count,
        DictValue dict => dict.Entries.Count,
        UndefinedValue => 0,
        _ => null,
    };
}
