using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Library;

/// <summary>Filters that look at a list, string or dict as a whole.</summary>
internal static class SequenceFilters
{
    public static IEnumerable<Builtin> All { get; } =
    [
        new("length", [], Length),
        new("count", [], Length),
        new("first", [], First),
        new("last", [], (subject, _, context) => Last(Iteration.Items(subject, context.Budget))),
        new("list", [], List),
        new("reverse", [], Reverse),
        new("join", ["separator?", "attribute?"], Join),
        new("items", [], Items),
        new("default", ["default_value?", "boolean?"], Default),
        new("d", ["default_value?", "boolean?"], Default),
        new("sum", ["attribute?", "start?"], Sum),
    ];

    private static IntegerValue Length(Value subject, Arguments arguments, RenderContext context) => Iteration.Length(subject) is { } length
        ? new IntegerValue(length)
        : throw new ChatTemplateException($"a '{subject.TypeName}' has no length.");

    private static Value First(Value subject, Arguments arguments, RenderContext context)
    {
        var first = subject is IteratorValue iterator ? iterator.TakeFirst() : Iteration.Items(subject, context.Budget).FirstOrDefault();
        return first ?? new UndefinedValue("an empty sequence has no first item");
    }

    private static Value Last(IReadOnlyList<Value> items) =>
        items.Count > 0 ? items[^1] : new UndefinedValue("an empty sequence has no last item");

    private static ListValue List(Value subject, Arguments arguments, RenderContext context)
    {
        var items = Iteration.Items(subject, context.Budget);
        context.Budget.AllocateItems(items.Count);
        return new ListValue(items);
    }

    private static Value Reverse(Value subject, Arguments arguments, RenderContext context)
    {
        IReadOnlyList<Value> reversed = [.. Iteration.Items(subject, context.Budget).Reverse()];
        context.Budget.AllocateItems(reversed.Count);
        return subject is StringValue
            ? new StringValue(string.Concat(reversed.Select(point => ((StringValue)point).Text)))
            : new IteratorValue(reversed);
    }

    private static StringValue Join(Value subject, Arguments arguments, RenderContext context)
    {
        var separator = arguments[0] is { } given ? PythonText.Str(given, context.Budget) : "";
        var joined = new TextBuffer(context.Budget);
        var before = "";
        foreach (var item in Iteration.Items(subject, context.Budget))
        {
            joined.Append(before);
            PythonText.WriteStr(joined, arguments[1] is { } path ? AttributePath.Get(item, path, context.Budget) : item, context.Budget);
            before = separator;
        }

        return new StringValue(joined.ToString());
    }

    private static Value Items(Value subject, Arguments arguments, RenderContext context) => subject switch
    {
        DictValue dict => new IteratorValue(Iteration.Pairs(dict, context.Budget).Items),
        UndefinedValue => new IteratorValue([]),
        _ => throw new ChatTemplateException($"'items' needs a dict, not '{subject.TypeName}'."),
    };

    private static Value Default(Value subject, Arguments arguments, RenderContext context) =>
        subject is UndefinedValue || (arguments.Flag(1) && !subject.IsTrue) ? arguments[0] ?? StringValue.Empty : subject;

    private static Value Sum(Value subject, Arguments arguments, RenderContext context)
    {
        var total = arguments[1] ?? IntegerValue.Zero;
        foreach (var item in Iteration.Items(subject, context.Budget))
        {
            total = Operators.Add(total, arguments[0] is { } path and not NoneValue ? AttributePath.Get(item, path, context.Budget) : item, context.Budget);
        }

        return total;
    }
}
