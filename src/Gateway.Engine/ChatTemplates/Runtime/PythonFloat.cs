using System.Globalization;

namespace Gateway.Engine.ChatTemplates.Runtime;

/// <summary>Python's <c>repr(float)</c>: the shortest digits that read back as the same double, and always a mark of a float.</summary>
internal static class PythonFloat
{
    public static string Format(double number)
    {
        if (!double.IsFinite(number))
        {
            return double.IsNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
        }

        // The round-trip form has the shortest digits, in one of two shapes: 123.45 or 1.2345E-05.
        var shortest = number.ToString("R", CultureInfo.InvariantCulture);
        var sign = shortest.StartsWith('-') ? "-" : "";
        var mantissa = shortest[sign.Length..];
        var exponent = 0;
        if (mantissa.IndexOf('E') is var e && e >= 0)
        {
            exponent = int.Parse(mantissa.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            mantissa = mantissa[..e];
        }

        var point = mantissa.IndexOf('.') is var dot && dot >= 0 ? dot : mantissa.Length;
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        var leadingZeros = digits.Length - digits.TrimStart('0').Length;
        if (leadingZeros == digits.Length)
        {
            return sign + "0.0";
        }

        // The number is 0.DIGITS × 10^magnitude.
        var magnitude = point + exponent - leadingZeros;
        return sign + Place(digits.Trim('0'), magnitude);
    }

    private static string Place(string digits, int magnitude) => magnitude switch
    {
        <= -4 or > 16 => Scientific(digits, magnitude - 1),
        <= 0 => "0." + new string('0', -magnitude) + digits,
        _ when magnitude >= digits.Length => digits + new string('0', magnitude - digits.Length) + ".0",
        _ => digits[..magnitude] + "." + digits[magnitude..],
    };

    private static string Scientific(string digits, int exponent)
    {
        var fraction = digits.Length > 1 ? "." + digits[1..] : "";
        return string.Create(CultureInfo.InvariantCulture, $"{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }
}
