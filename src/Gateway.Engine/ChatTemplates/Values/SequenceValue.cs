namespace Gateway.Engine.ChatTemplates.Values;

/// <summary>A list or tuple.</summary>
internal abstract class SequenceValue : Value
{
    private protected SequenceValue(IReadOnlyList<Value> items)
    {
        Items = items;
        var deepest = 0;
        for (var i = 0; i < items.Count; i++)
        {
            deepest = Math.Max(deepest, items[i].Nesting);
        }

        Nesting = NestingOver(deepest);
    }

    public IReadOnlyList<Value> Items { get; }

    public override bool IsTrue => Items.Count > 0;

    public override int Nesting { get; }

    /// <summary>A sequence of the same kind with other items.</summary>
    public abstract SequenceValue With(IReadOnlyList<Value> items);
}
