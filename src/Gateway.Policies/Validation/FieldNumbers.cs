using System.Globalization;
using System.Numerics;

namespace Gateway.Policies.Validation;

/// <summary>Numbers in policy files: plain decimal digits, read exactly, never through floating point.</summary>
internal static class FieldNumbers
{
    private const int PriceDecimals = 9;
    private const int MaxDollarsPerMillionTokens = 100_000;
    private const decimal MinSeconds = 0.001m;
    private const decimal MaxSeconds = 3600m;

    public static int? AsInteger(this Field field, int min, int max)
    {
        var fix = string.Create(CultureInfo.InvariantCulture, $"Write a whole number from {min} to {max}");
        if (field.AsDigits("whole number", fix) is not { } text)
        {
            return null;
        }

        if (!BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            field.Error($"{Quote.Of(text)} is no whole number.", fix);
            return null;
        }

        if (value < min || value > max)
        {
            field.Error($"{Quote.Of(text)} is out of range.", fix);
            return null;
        }

        return (int)value;
    }

    /// <summary>Seconds with decimals, from a millisecond to an hour.</summary>
    public static TimeSpan? AsSeconds(this Field field)
    {
        const string Fix = "Write seconds from 0.001 to 3600, such as 5 or 0.5";
        if (field.AsDigits("number", Fix) is not { } text)
        {
            return null;
        }

        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (!decimal.TryParse(text, Style, CultureInfo.InvariantCulture, out var value))
        {
            field.Error($"{Quote.Of(text)} is no number.", Fix);
            return null;
        }

        if (value is < MinSeconds or > MaxSeconds)
        {
            field.Error($"{Quote.Of(text)} is out of range.", Fix);
            return null;
        }

        return TimeSpan.FromTicks((long)(value * TimeSpan.TicksPerSecond));
    }

    /// <summary>US dollars per million tokens, with at most nine decimals.</summary>
    public static TokenPrice? AsPrice(this Field field)
    {
        const string Fix = "Write US dollars per million tokens from 0 to 100000, with at most 9 decimals, such as 0.25";
        if (field.AsDigits("number", Fix) is not { } text)
        {
            return null;
        }

        var point = text.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? text : text[..point];
        var decimals = point < 0 ? "" : text[(point + 1)..].TrimEnd('0');
        if (whole.Length == 0 || !(whole + decimals).All(char.IsAsciiDigit) || text.EndsWith('.'))
        {
            field.Error($"{Quote.Of(text)} is no price.", Fix);
            return null;
        }

        if (decimals.Length > PriceDecimals)
        {
            field.Error($"{Quote.Of(text)} has more than {PriceDecimals} decimals.", Fix);
            return null;
        }

        var nano = BigInteger.Parse(whole + decimals.PadRight(PriceDecimals, '0'), NumberStyles.None, CultureInfo.InvariantCulture);
        if (nano > MaxDollarsPerMillionTokens * BigInteger.Pow(10, PriceDecimals))
        {
            field.Error($"{Quote.Of(text)} is out of range.", Fix);
            return null;
        }

        return new TokenPrice((long)nano);
    }

    /// <summary>The scalar's text when it can be a number at all: outside quotes and of sane length.</summary>
    private static string? AsDigits(this Field field, string what, string fix)
    {
        const int MaxDigits = 64;
        if (field.AsScalar() is not { } scalar)
        {
            return null;
        }

        if (!scalar.IsPlain)
        {
            field.Error($"{Quote.Of(scalar.Text)} in quotes is text, not a {what}.", $"{fix}, without quotes");
            return null;
        }

        if (scalar.Text.Length > MaxDigits)
        {
            field.Error($"{Quote.Of(scalar.Text)} is no {what}.", fix);
            return null;
        }

        return scalar.Text;
    }
}
