using System.Globalization;
using System.Numerics;

namespace Gateway.Engine.Constraints.JsonSchema;

/// <summary>A number exactly as it is written in decimal: the bounds of a schema, which no binary number need hold.</summary>
/// <param name="Unscaled">The number times 10^<paramref name="Scale"/>; no multiple of 10 where the scale is above 0.</param>
/// <param name="Scale">Digits behind the decimal point: 0 or more.</param>
internal readonly record struct DecimalNumber(BigInteger Unscaled, int Scale) : IComparable<DecimalNumber>
{
    private const int MaxDigits = 400;

    public static DecimalNumber Zero => new(0, 0);

    public bool IsInteger => Scale == 0;

    public int Sign => Unscaled.Sign;

    /// <param name="text">A JSON number.</param>
    /// <returns>Null where it takes more than 400 digits to write out.</returns>
    public static DecimalNumber? Parse(string text)
    {
        var mark = text.AsSpan().IndexOfAny('e', 'E');
        var mantissa = mark < 0 ? text : text[..mark];
        var exponent = 0;
        if (mark >= 0 && !int.TryParse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
        {
            return null;
        }

        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var scale = (point < 0 ? 0L : mantissa.Length - point - 1) - exponent;
        if (mantissa.Length > MaxDigits || Math.Abs(scale) > MaxDigits)
        {
            return null;
        }

        var unscaled = BigInteger.Parse(mantissa.Replace(".", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return scale < 0 ? new DecimalNumber(unscaled * BigInteger.Pow(10, (int)-scale), 0) : Normalize(unscaled, (int)scale);
    }

    public DecimalNumber Negate() => new(-Unscaled, Scale);

    /// <summary>The least integer that is not below.</summary>
    public DecimalNumber Ceiling() => Floor() is var floor && floor == this ? this : new DecimalNumber(floor.Unscaled + 1, 0);

    /// <summary>The greatest integer that is not above.</summary>
    public DecimalNumber Floor()
    {
        var quotient = BigInteger.DivRem(Unscaled, BigInteger.Pow(10, Scale), out var rest);
        return new DecimalNumber(rest.Sign < 0 ? quotient - 1 : quotient, 0);
    }

    public DecimalNumber Plus(int addend) => Normalize(Unscaled + (addend * BigInteger.Pow(10, Scale)), Scale);

    public int CompareTo(DecimalNumber other) =>
        (Unscaled * BigInteger.Pow(10, other.Scale)).CompareTo(other.Unscaled * BigInteger.Pow(10, Scale));

    /// <summary>The digits of the magnitude before the decimal point, at least one, and those behind it, without zeros at the end.</summary>
    public (string Whole, string Fraction) Digits()
    {
        var digits = BigInteger.Abs(Unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(Scale + 1, '0');
        return (digits[..^Scale], digits[^Scale..]);
    }

    private static DecimalNumber Normalize(BigInteger unscaled, int scale)
    {
        while (scale > 0 && unscaled % 10 == 0)
        {
            unscaled /= 10;
            scale--;
        }

        return new DecimalNumber(unscaled, scale);
    }
}
