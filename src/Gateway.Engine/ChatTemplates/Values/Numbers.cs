using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Gateway.Engine.ChatTemplates.Values;

/// <summary>The numeric tower: booleans count as the integers 0 and 1, integers and floats compare by value.</summary>
internal static class Numbers
{
    public static bool TryInteger(Value value, out BigInteger number)
    {
        number = value switch
        {
            IntegerValue integer => integer.Number,
            BoolValue { Flag: true } => BigInteger.One,
            _ => BigInteger.Zero,
        };
        return value is IntegerValue or BoolValue;
    }

    public static bool TryDouble(Value value, out double number)
    {
        number = value switch
        {
            FloatValue real => real.Number,
            _ when TryInteger(value, out var integer) => (double)integer,
            _ => 0,
        };
        return value is FloatValue or IntegerValue or BoolValue;
    }

    /// <summary>
    /// Compares two numbers; false when either is no number or a NaN.
    /// </summary>
    public static bool TryCompare(Value left, Value right, [NotNullWhen(true)] out int? order)
    {
        order = null;
        if (TryInteger(left, out var x) && TryInteger(right, out var y))
        {
            order = x.CompareTo(y);
        }
        else if (TryDouble(left, out var a) && TryDouble(right, out var b) && !double.IsNaN(a) && !double.IsNaN(b))
        {
            order = a.CompareTo(b);
        }

        return order is not null;
    }

    /// <summary>The number as a position or count; values beyond the range of int saturate, which no string or list reaches.</summary>
    public static int ToInt32Saturated(BigInteger number) =>
        number > int.MaxValue ? int.MaxValue : number < int.MinValue ? int.MinValue : (int)number;
}
