using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Library;

/// <summary>Filters that apply another filter or test to every item.</summary>
internal static class SelectionFilters
{
    public static IEnumerable<Builtin> All { get; } =
    [
        new("map", ["*"], Map),
        new("select", ["*"], (subject, arguments, context) =>
            Choose("select", subject, arguments, context, ofAttribute: false, wanted: true)),
        new("reject", ["*"], (subject, arguments, context) =>
            Choose("reject", subject, arguments, context, ofAttribute: false, wanted: false)),
        new("selectattr", ["*"], (subject, arguments, context) =>
            Choose("selectattr", subject, arguments, context, ofAttribute: true, wanted: true)),
        new("rejectattr", ["*"], (subject, arguments, context) =>
            Choose("rejectattr", subject, arguments, context, ofAttribute: true, wanted: false)),
    ];

    private static IteratorValue Map(Value subject, Arguments arguments, RenderContext context)
    {
        var (positional, named) = arguments.Raw;
        var projection = positional.Count == 0 ? Attribute(named, context) : Filter(positional, named, context);
        var items = Iteration.Items(subject, context.Budget);
        context.Budget.AllocateItems(items.Count);
        return new IteratorValue([.. items.Select(projection)]);
    }

    private static Func<Value, Value> Attribute(IReadOnlyList<KeyValuePair<string, Value>> named, RenderContext context)
    {
        var path = named.FirstOrDefault(argument => argument.Key == "attribute").Value
            ?? throw new ChatTemplateException("'map' needs the name of a filter, or attribute=….");
        var missing = named.FirstOrDefault(argument => argument.Key == "default").Value;
        if (named.FirstOrDefault(argument => argument.Key is not ("attribute" or "default")).Key is { } unknown)
        {
            throw new ChatTemplateException($"'map' has no argument '{unknown}'; it has: attribute, default.");
        }

        return item => AttributePath.Get(item, path, context.Budget) is var found && found is UndefinedValue ? missing ?? found : found;
    }

    private static Func<Value, Value> Filter(
        IReadOnlyList<Value> positional, IReadOnlyList<KeyValuePair<string, Value>> named, RenderContext context)
    {
        var filter = Named(Filters.All, "filter", positional[0]);
        var rest = new CallArguments([.. positional.Skip(1)], named);
        return item => Nested(context, () => filter.Invoke(item, rest, context));
    }

    private static IteratorValue Choose(
        string name, Value subject, Arguments arguments, RenderContext context, bool ofAttribute, bool wanted)
    {
        var rest = new Queue<Value>(arguments.Raw.Positional);
        Value? path = null;
        if (ofAttribute && !rest.TryDequeue(out path))
        {
            throw new ChatTemplateException($"'{name}' needs the name of an attribute.");
        }

        var test = rest.TryDequeue(out var testName) ? Named(Tests.All, "test", testName) : null;
        var testArguments = new CallArguments([.. rest], arguments.Raw.Named);
        var items = Iteration.Items(subject, context.Budget);
        context.Budget.AllocateItems(items.Count);
        return new IteratorValue([.. items.Where(item =>
            IsTrue(path is null ? item : AttributePath.Get(item, path, context.Budget)) == wanted)]);

        bool IsTrue(Value item) => test is null ? item.IsTrue : Nested(context, () => test.Invoke(item, testArguments, context)).IsTrue;
    }

    // map can apply map: like every other nesting this one is bounded.
    private static Value Nested(RenderContext context, Func<Value> invoke)
    {
        context.Budget.Enter();
        var result = invoke();
        context.Budget.Leave();
        return result;
    }

    private static Builtin Named(IReadOnlyDictionary<string, Builtin> all, string kind, Value name) =>
        name is StringValue text && all.TryGetValue(text.Text, out var found)
            ? found
            : throw new ChatTemplateException($"there is no {kind} '{(name as StringValue)?.Text ?? name.TypeName}'.");
}
