using System.Globalization;
using System.Numerics;

namespace Gateway.Policies.Validation;

/// <summary>Numbers in policy files: plain decimal digits, read exactly, never through floating point.</summary>
internal static class FieldNumbers
{
    private const int DollarDecimals = 9;
    private const int MaxDollarsPerMillionTokens = 100_000;
    private const decimal MinSeconds = 0.001m;
    private const decimal MaxSeconds = 3600m;

    public static int? AsInteger(this Field field, int min, int max) => (int?)field.AsCount(min, max);

    public static long? AsCount(this Field field, long min, long max)
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

        return (long)value;
    }

    /// <summary>Seconds with decimals, from a millisecond to an hour.</summary>
    public static TimeSpan? AsSeconds(this Field field) => field.AsSeconds(MinSeconds);

    /// <summary>Seconds with decimals, up to an hour.</summary>
    public static TimeSpan? AsSeconds(this Field field, decimal min)
    {
        var fix = string.Create(CultureInfo.InvariantCulture, $"Write seconds from {min} to {MaxSeconds}, such as 5 or 0.5");
        return field.AsDecimal(fix, value => value >= min && value <= MaxSeconds) is { } seconds
            ? TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond))
            : null;
    }

    /// <summary>A number with decimals, from the least value to the largest.</summary>
    public static double? AsNumber(this Field field, decimal min, decimal max) => (double?)field.AsDecimal(
        string.Create(CultureInfo.InvariantCulture, $"Write a number from {min} to {max}"),
        value => value >= min && value <= max);

    /// <summary>A number with decimals, above 0.</summary>
    public static double? AsPositiveNumber(this Field field, decimal max) => (double?)field.AsDecimal(
        string.Create(CultureInfo.InvariantCulture, $"Write a number above 0, up to {max}"),
        value => value > 0 && value <= max);

    /// <summary>A number with decimals, above 0 and up to 1.</summary>
    public static decimal? AsShare(this Field field) => field.AsDecimal("Write a number above 0, up to 1, such as 0.8", value => value is > 0 and <= 1);

    /// <summary>US dollars per million tokens, with at most nine decimals.</summary>
    public static TokenPrice? AsPrice(this Field field)
    {
        const string Fix = "Write US dollars per million tokens from 0 to 100000, with at most 9 decimals, such as 0.25";
        return field.AsNanoDollars("price", Fix, min: 0, MaxDollarsPerMillionTokens) is { } price ? new TokenPrice(price) : null;
    }

    /// <summary>US dollars above 0, with at most nine decimals, in nano-dollars.</summary>
    public static long? AsDollars(this Field field, int max) => field.AsNanoDollars(
        "amount of dollars",
        string.Create(CultureInfo.InvariantCulture, $"Write US dollars above 0, up to {max}, with at most 9 decimals, such as 500"),
        min: 1,
        max);

    /// <param name="what">What the number is.</param>
    /// <param name="fix">What to write.</param>
    /// <param name="min">In nano-dollars.</param>
    /// <param name="maxDollars">In dollars.</param>
    private static long? AsNanoDollars(this Field field, string what, string fix, long min, int maxDollars)
    {
        if (field.AsDigits("number", fix) is not { } text)
        {
            return null;
        }

        var point = text.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? text : text[..point];
        var decimals = point < 0 ? "" : text[(point + 1)..].TrimEnd('0');
        if (whole.Length == 0 || !(whole + decimals).All(char.IsAsciiDigit) || text.EndsWith('.'))
        {
            field.Error($"{Quote.Of(text)} is no {what}.", fix);
            return null;
        }

        if (decimals.Length > DollarDecimals)
        {
            field.Error($"{Quote.Of(text)} has more than {DollarDecimals} decimals.", fix);
            return null;
        }

        var nano = BigInteger.Parse(whole + decimals.PadRight(DollarDecimals, '0'), NumberStyles.None, CultureInfo.InvariantCulture);
        if (nano < min || nano > maxDollars * BigInteger.Pow(10, DollarDecimals))
        {
            field.Error($"{Quote.Of(text)} is out of range.", fix);
            return null;
        }

        return (long)nano;
    }

    private static decimal? AsDecimal(this Field field, string fix, Func<decimal, bool> isInRange)
    {
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (field.AsDigits("number", fix) is not { } text)
        {
            return null;
        }

        if (!decimal.TryParse(text, Style, CultureInfo.InvariantCulture, out var value))
        {
            field.Error($"{Quote.Of(text)} is no number.", fix);
            return null;
        }

        if (!isInRange(value))
        {
            field.Error($"{Quote.Of(text)} is out of range.", fix);
            return null;
        }

        return value;
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
