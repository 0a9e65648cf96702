using System.Numerics;
using System.Text;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Runtime;

/// <summary>Python's arithmetic, and what <c>+</c> and <c>*</c> mean for strings and lists.</summary>
internal static class Operators
{
    public static Value Add(Value left, Value right, RenderBudget budget)
    {
        switch (left, right)
        {
            case (StringValue x, StringValue y):
                budget.Allocate((long)x.Text.Length + y.Text.Length);
                return new StringValue(x.Text + y.Text);
            case (ListValue, ListValue) or (TupleValue, TupleValue):
                var (a, b) = ((SequenceValue)left, (SequenceValue)right);
                budget.AllocateItems((long)a.Items.Count + b.Items.Count);
                return a.With([.. a.Items, .. b.Items]);
            case (StringValue, not UndefinedValue) or (not UndefinedValue, StringValue):
                throw new ChatTemplateException(
                    $"'+' cannot join '{left.TypeName}' and '{right.TypeName}': both must be strings (is a message's content null or no text?).");
            default:
                return Arithmetic("+", left, right, BigInteger.Add, (x, y) => x + y);
        }
    }

    public static Value Subtract(Value left, Value right) => Arithmetic("-", left, right, BigInteger.Subtract, (x, y) => x - y);

    public static Value Multiply(Value left, Value right, RenderBudget budget)
    {
        if (left is StringValue or SequenceValue && Numbers.TryInteger(right, out var times))
        {
            return Repeat(left, times, budget);
        }

        if (right is StringValue or SequenceValue && Numbers.TryInteger(left, out times))
        {
            return Repeat(right, times, budget);
        }

        return Arithmetic("*", left, right, BigInteger.Multiply, (x, y) => x * y);
    }

    public static Value Divide(Value left, Value right)
    {
        RequireNumbers("/", left, right);
        Numbers.TryDouble(left, out var x);
        Numbers.TryDouble(right, out var y);
        return y == 0 ? throw DivisionByZero() : new FloatValue(x / y);
    }

    public static Value FloorDivide(Value left, Value right) =>
        Arithmetic("//", left, right, FloorDivide, (x, y) => y == 0 ? throw DivisionByZero() : Math.Floor(x / y));

    /// <summary>The remainder with the sign of the divisor.</summary>
    public static Value Modulo(Value left, Value right) =>
        Arithmetic("%", left, right, (x, y) => x - (y * FloorDivide(x, y)), FloorModulo);

    public static Value Power(Value left, Value right)
    {
        RequireNumbers("**", left, right);
        if (Numbers.TryInteger(left, out var x) && Numbers.TryInteger(right, out var y) && y.Sign >= 0)
        {
            // The product of bits and exponent bounds the result's size before it is computed; powers of 0, 1 and -1 stay small.
            var exponent = x.IsZero || BigInteger.Abs(x).IsOne ? (y.IsZero ? 0 : y.IsEven ? 2 : 1) : Numbers.ToInt32Saturated(y);
            return x.GetBitLength() * exponent > 2L * IntegerValue.MaxBits ? throw TooLarge() : Integer(BigInteger.Pow(x, exponent));
        }

        Numbers.TryDouble(left, out var a);
        Numbers.TryDouble(right, out var b);
        return a == 0 && b < 0 ? throw DivisionByZero() : new FloatValue(Math.Pow(a, b));
    }

    public static Value Negate(Value operand) => operand switch
    {
        FloatValue real => new FloatValue(-real.Number),
        _ when Numbers.TryInteger(operand, out var number) => new IntegerValue(-number),
        UndefinedValue undefined => throw undefined.Error(),
        _ => throw new ChatTemplateException($"'-' needs a number, not '{operand.TypeName}'."),
    };

    /// <summary>The unary plus: a number stays as it is.</summary>
    public static Value Plus(Value operand) => operand switch
    {
        FloatValue or IntegerValue => operand,
        _ when Numbers.TryInteger(operand, out var number) => new IntegerValue(number),
        UndefinedValue undefined => throw undefined.Error(),
        _ => throw new ChatTemplateException($"'+' needs a number, not '{operand.TypeName}'."),
    };

    /// <summary>An integer that arithmetic or a conversion gave, within the limit on its size.</summary>
    public static IntegerValue Integer(BigInteger number) =>
        number.GetBitLength() > IntegerValue.MaxBits ? throw TooLarge() : new IntegerValue(number);

    private static Value Arithmetic(
        string symbol, Value left, Value right, Func<BigInteger, BigInteger, BigInteger> integers, Func<double, double, double> reals)
    {
        RequireNumbers(symbol, left, right);
        if (Numbers.TryInteger(left, out var x) && Numbers.TryInteger(right, out var y))
        {
            return Integer(integers(x, y));
        }

        Numbers.TryDouble(left, out var a);
        Numbers.TryDouble(right, out var b);
        return new FloatValue(reals(a, b));
    }

    private static void RequireNumbers(string symbol, Value left, Value right)
    {
        foreach (var operand in (ReadOnlySpan<Value>)[left, right])
        {
            if (operand is UndefinedValue undefined)
            {
                throw undefined.Error();
            }
        }

        if (!Numbers.TryDouble(left, out _) || !Numbers.TryDouble(right, out _))
        {
            throw new ChatTemplateException($"'{symbol}' is not defined for '{left.TypeName}' and '{right.TypeName}'.");
        }
    }

    private static Value Repeat(Value subject, BigInteger times, RenderBudget budget)
    {
        var count = times.Sign < 0 ? 0 : Numbers.ToInt32Saturated(times);
        if (subject is StringValue text)
        {
            budget.Allocate((long)text.Text.Length * count);
            return text.IsTrue ? new StringValue(new StringBuilder().Insert(0, text.Text, count).ToString()) : text;
        }

        var sequence = (SequenceValue)subject;
        budget.AllocateItems((long)sequence.Items.Count * count);
        return sequence.IsTrue ? sequence.With([.. Enumerable.Repeat(sequence.Items, count).SelectMany(items => items)]) : sequence;
    }

    private static BigInteger FloorDivide(BigInteger x, BigInteger y)
    {
        if (y.IsZero)
        {
            throw DivisionByZero();
        }

        var quotient = BigInteger.DivRem(x, y, out var remainder);
        return !remainder.IsZero && remainder.Sign != y.Sign ? quotient - 1 : quotient;
    }

    private static double FloorModulo(double x, double y)
    {
        if (y == 0)
        {
            throw DivisionByZero();
        }

        var remainder = x % y;
        return remainder != 0 && (remainder < 0) != (y < 0) ? remainder + y : remainder;
    }

    private static ChatTemplateException DivisionByZero() => new("division by zero.");

    private static ChatTemplateException TooLarge() => new($"an integer gets more than {IntegerValue.MaxDigits} digits.");
}
