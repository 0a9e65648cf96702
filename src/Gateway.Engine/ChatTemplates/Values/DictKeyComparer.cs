namespace Gateway.Engine.ChatTemplates.Values;

/// <summary>Equality of dict keys. As in Python, <c>1</c>, <c>1.0</c> and <c>true</c> are one key.</summary>
internal sealed class DictKeyComparer : IEqualityComparer<Value>
{
    private DictKeyComparer()
    {
    }

    public static DictKeyComparer Instance { get; } = new();

    public static bool IsKey(Value value) => value is StringValue or IntegerValue or FloatValue or BoolValue or NoneValue;

    public bool Equals(Value? x, Value? y) => (x, y) switch
    {
        (StringValue left, StringValue right) => left.Text == right.Text,
        (NoneValue, NoneValue) => true,
        (not null, not null) => Numbers.TryCompare(x, y, out var order) && order == 0,
        _ => false,
    };

    public int GetHashCode(Value obj) => obj switch
    {
        StringValue text => text.Text.GetHashCode(StringComparison.Ordinal),
        FloatValue number => number.Number.GetHashCode(),
        _ when Numbers.TryInteger(obj, out var number) => ((double)number).GetHashCode(),
        _ => 0,
    };
}
