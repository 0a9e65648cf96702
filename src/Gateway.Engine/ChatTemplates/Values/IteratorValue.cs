namespace Gateway.Engine.ChatTemplates.Values;

/// <summary>
/// What <c>map</c>, <c>select</c> and the like give: it can be walked once, then it is empty. As in Python it has no length and
/// cannot be printed or serialised before the filter <c>list</c> made a list of it.
/// </summary>
internal sealed class IteratorValue(IReadOnlyList<Value> items) : Value
{
    private int _next;

    public override string TypeName => "generator";

    public IReadOnlyList<Value> TakeAll()
    {
        var start = _next;
        _next = items.Count;
        return start == 0 ? items : [.. items.Skip(start)];
    }

    /// <summary>Takes the next item, or gives null at the end.</summary>
    public Value? TakeFirst() => _next < items.Count ? items[_next++] : null;
}
