namespace Gateway.Engine.ChatTemplates.Values;

internal sealed class ListValue(IReadOnlyList<Value> items) : SequenceValue(items)
{
    public static ListValue Empty { get; } = new([]);

    public override string TypeName => "list";

    public override SequenceValue With(IReadOnlyList<Value> items) => new ListValue(items);
}
