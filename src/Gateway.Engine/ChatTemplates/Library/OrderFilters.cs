using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Library;

/// <summary>Filters that order items. As in Jinja, text is compared without regard to case unless asked otherwise.</summary>
internal static class OrderFilters
{
    public static IEnumerable<Builtin> All { get; } =
    [
        new("sort", ["reverse?", "case_sensitive?", "attribute?"], (subject, arguments, context) => new ListValue(
            Sort(Iteration.Items(subject, context.Budget), Key(arguments[2], arguments.Flag(1), context.Budget), arguments.Flag(0), context.Budget))),
        new("dictsort", ["case_sensitive?", "by?", "reverse?"], DictSort),
        new("unique", ["case_sensitive?", "attribute?"], Unique),
        new("min", ["case_sensitive?", "attribute?"], (subject, arguments, context) => Extreme(subject, arguments, context, -1)),
        new("max", ["case_sensitive?", "attribute?"], (subject, arguments, context) => Extreme(subject, arguments, context, 1)),
    ];

    private static ListValue DictSort(Value subject, Arguments arguments, RenderContext context)
    {
        if (subject is not DictValue dict)
        {
            throw new ChatTemplateException($"'dictsort' needs a dict, not '{subject.TypeName}'.");
        }

        var position = (arguments.TextOrNull(1) ?? "key") switch
        {
            "key" => 0,
            "value" => 1,
            _ => throw new ChatTemplateException("'dictsort' sorts by 'key' or 'value'."),
        };
        var key = Key(new IntegerValue(position), arguments.Flag(0), context.Budget);
        return new ListValue(Sort(Iteration.Pairs(dict, context.Budget).Items, key, arguments.Flag(2), context.Budget));
    }

    private static IteratorValue Unique(Value subject, Arguments arguments, RenderContext context)
    {
        var key = Key(arguments[1], arguments.Flag(0), context.Budget);
        List<Value> keys = [];
        List<Value> unique = [];
        foreach (var item in Iteration.Items(subject, context.Budget))
        {
            var candidate = key(item);
            if (!keys.Exists(seen => Comparison.AreEqual(seen, candidate, context.Budget)))
            {
                keys.Add(candidate);
                unique.Add(item);
            }
        }

        context.Budget.AllocateItems(unique.Count);
        return new IteratorValue(unique);
    }

    private static Value Extreme(Value subject, Arguments arguments, RenderContext context, int wantedSign)
    {
        var key = Key(arguments[1], arguments.Flag(0), context.Budget);
        Value? best = null;
        foreach (var item in Iteration.Items(subject, context.Budget))
        {
            if (best is null || Math.Sign(Comparison.Order(key(item), key(best), context.Budget) ?? 0) == wantedSign)
            {
                best = item;
            }
        }

        return best ?? new UndefinedValue("an empty sequence has no smallest or largest item");
    }

    private static List<Value> Sort(IReadOnlyList<Value> items, Func<Value, Value> key, bool reverse, RenderBudget budget)
    {
        budget.AllocateItems(items.Count);
        var comparer = Comparer<Value>.Create((left, right) => Comparison.Order(left, right, budget) ?? 0);
        try
        {
            return [.. reverse ? items.OrderByDescending(key, comparer) : items.OrderBy(key, comparer)];
        }
        catch (InvalidOperationException e) when (e.InnerException is ChatTemplateException refused)
        {
            // The library wraps what a comparison throws.
            throw new ChatTemplateException(refused.Reason, cause: e);
        }
    }

    private static Func<Value, Value> Key(Value? path, bool caseSensitive, RenderBudget budget) => item =>
    {
        var key = path is null or NoneValue ? item : AttributePath.Get(item, path, budget);
        if (caseSensitive || key is not StringValue text)
        {
            return key;
        }

        budget.Allocate(text.Text.Length);
        return new StringValue(text.Text.ToLowerInvariant());
    };
}
