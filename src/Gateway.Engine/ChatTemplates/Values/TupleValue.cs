namespace Gateway.Engine.ChatTemplates.Values;

internal sealed class TupleValue(IReadOnlyList<Value> items) : SequenceValue(items)
{
    public override string TypeName => "tuple";

    public override SequenceValue With(IReadOnlyList<Value> items) => new TupleValue(items);
}
