namespace Gateway.Engine.ChatTemplates.Values;

/// <summary>The variable <c>loop</c> inside a <c>for</c>.</summary>
internal sealed class LoopValue(IReadOnlyList<Value> items) : Value
{
    /// <summary>The position of the current iteration, from 0.</summary>
    public int Index { get; set; }

    public override string TypeName => "LoopContext";

    /// <summary>The attribute of that name, or null when a loop has none such.</summary>
    public Value? Find(string name) => name switch
    {
        "index" => new IntegerValue(Index + 1),
        "index0" => new IntegerValue(Index),
        "revindex" => new IntegerValue(items.Count - Index),
        "revindex0" => new IntegerValue(items.Count - Index - 1),
        "first" => BoolValue.Of(Index == 0),
        "last" => BoolValue.Of(Index == items.Count - 1),
        "length" => new IntegerValue(items.Count),
        "previtem" => Index > 0 ? items[Index - 1] : new UndefinedValue("there is no previous item"),
        "nextitem" => Index < items.Count - 1 ? items[Index + 1] : new UndefinedValue("there is no next item"),
        _ => null,
    };
}
