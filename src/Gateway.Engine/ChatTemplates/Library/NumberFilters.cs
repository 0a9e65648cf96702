using System.Globalization;
using System.Numerics;
using Gateway.Engine.ChatTemplates.Runtime;
using Gateway.Engine.ChatTemplates.Values;

namespace Gateway.Engine.ChatTemplates.Library;

internal static class NumberFilters
{
    public static IEnumerable<Builtin> All { get; } =
    [
        new("abs", [], (subject, _, _) => Abs(subject)),
        new("float", ["default?"], (subject, arguments, _) => TryFloat(subject, out var number)
            ? new FloatValue(number)
            : arguments[0] ?? new FloatValue(0)),
        new("int", ["default?"], (subject, arguments, _) => TryInteger(subject, out var number)
            ? Operators.Integer(number)
            : arguments[0] ?? IntegerValue.Zero),
        new("round", ["precision?", "method?"], Round),
    ];

    private static Value Abs(Value subject) => subject switch
    {
        FloatValue real => new FloatValue(Math.Abs(real.Number)),
        _ when Numbers.TryInteger(subject, out var number) => new IntegerValue(BigInteger.Abs(number)),
        UndefinedValue undefined => throw undefined.Error(),
        _ => throw new ChatTemplateException($"'abs' needs a number, not '{subject.TypeName}'."),
    };

    private static bool TryFloat(Value subject, out double number) => subject is StringValue text
        ? double.TryParse(text.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out number)
        : Numbers.TryDouble(subject, out number);

    private static bool TryInteger(Value subject, out BigInteger number)
    {
        if (Numbers.TryInteger(subject, out number)
            || (subject is StringValue { Text.Length: <= IntegerValue.MaxDigits } text
                && BigInteger.TryParse(text.Text, NumberStyles.Integer, CultureInfo.InvariantCulture, out number)))
        {
            return true;
        }

        var isFinite = TryFloat(subject, out var real) && double.IsFinite(real);
        number = isFinite ? new BigInteger(real) : BigInteger.Zero;
        return isFinite;
    }

    /// <summary>Rounds halves to the even neighbour, as Python does, or always up or down.</summary>
    private static Value Round(Value subject, Arguments arguments, RenderContext context)
    {
        var precision = arguments.Integer(0, 0);
        var method = arguments.TextOrNull(1) ?? "common";
        if (!Numbers.TryDouble(subject, out var number))
        {
            throw new ChatTemplateException($"'round' needs a number, not '{subject.TypeName}'.");
        }

        if (precision is < 0 or > 15 || method is not ("common" or "ceil" or "floor"))
        {
            throw new ChatTemplateException("'round' takes a precision from 0 to 15 and one of the methods common, ceil, floor.");
        }

        if (method == "common")
        {
            return subject is FloatValue ? new FloatValue(RoundHalfEven(number, precision)) : subject;
        }

        var scale = Math.Pow(10, precision);
        return new FloatValue((method == "ceil" ? Math.Ceiling(number * scale) : Math.Floor(number * scale)) / scale);
    }

    // Decimal text of a double is exact to any number of places, so that 2.675 (below the half) rounds down as it does in Python.
    private static double RoundHalfEven(double number, int precision) => precision == 0 || !double.IsFinite(number)
        ? Math.Round(number, MidpointRounding.ToEven)
        : double.Parse(number.ToString("F" + precision.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
