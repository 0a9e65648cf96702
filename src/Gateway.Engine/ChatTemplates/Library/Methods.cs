using System.Collections.Frozen;
using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Library;

/// <summary>The methods of values: those of Python's types that read, none that changes its object.</summary>
internal static class Methods
{
    /// <summary>Names that templates may try and Jinja's immutable sandbox refuses too.</summary>
    public static FrozenSet<string> Mutating { get; } = new[]
    {
        "append", "clear", "extend", "insert", "pop", "popitem", "remove", "reverse", "setdefault", "sort", "update",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, Builtin> OfText = ByName(StringMethods.All);

    private static readonly FrozenDictionary<string, Builtin> OfDict = ByName(
    [
        new("get", ["key", "default?"], (subject, arguments, context) =>
        {
            context.Budget.Hash(arguments[0]!);
            return ((DictValue)subject).TryGet(arguments[0]!, out var value) ? value : arguments[1] ?? NoneValue.Instance;
        }),
        new("items", [], (subject, _, context) => Iteration.Pairs((DictValue)subject, context.Budget)),
        new("keys", [], (subject, _, context) => new ListValue(Iteration.Items(subject, context.Budget))),
        new("values", [], (subject, _, context) =>
        {
            context.Budget.AllocateItems(((DictValue)subject).Entries.Count);
            return new ListValue([.. ((DictValue)subject).Entries.Select(entry => entry.Value)]);
        }),
    ]);

    private static readonly FrozenDictionary<string, Builtin> OfSequence = ByName(
    [
        new("count", ["value"], (subject, arguments, context) => new IntegerValue(
            ((SequenceValue)subject).Items.Count(item => Comparison.AreEqual(item, arguments[0]!, context.Budget)))),
        new("index", ["value"], (subject, arguments, context) =>
            ((SequenceValue)subject).Items.ToList().FindIndex(item =>
                Comparison.AreEqual(item, arguments[0]!, context.Budget)) is var found and >= 0
                ? new IntegerValue(found)
                : throw new ChatTemplateException("'index' does not find the value in the list.")),
    ]);

    private static readonly FrozenDictionary<string, Builtin> OfLoop = ByName(
    [
        new("cycle", ["*"], (subject, arguments, _) => arguments.Raw.Positional is { Count: > 0 } values
            ? values[((LoopValue)subject).Index % values.Count]
            : throw new ChatTemplateException("'loop.cycle' needs at least one value.")),
    ]);

    private static readonly FrozenDictionary<string, Builtin> OfNothing = ByName([]);

    public static FrozenDictionary<string, Builtin> Of(Value subject) => subject switch
    {
        StringValue => OfText,
        DictValue => OfDict,
        SequenceValue => OfSequence,
        LoopValue => OfLoop,
        _ => OfNothing,
    };

    private static FrozenDictionary<string, Builtin> ByName(IEnumerable<Builtin> methods) =>
        methods.ToFrozenDictionary(method => method.Name, StringComparer.Ordinal);
}
