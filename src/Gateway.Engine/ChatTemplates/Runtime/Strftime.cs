using System.Globalization;
using System.Text;

namespace Gateway.Engine.ChatTemplates.Runtime;

/// <summary>C's <c>strftime</c> in the C locale, with glibc's <c>%-d</c> (no padding).</summary>
internal static class Strftime
{
    public static string Format(string format, DateTimeOffset time)
    {
        var text = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }

            var unpadded = i + 1 < format.Length && format[i + 1] == '-';
            i += unpadded ? 2 : 1;
            var written = i < format.Length ? Directive(format[i], time) : null;
            if (written is null)
            {
                throw new ChatTemplateException($"strftime_now does not know the directive '%{(i < format.Length ? format[i] : "")}'.");
            }

            text.Append(unpadded && written.Length > 1 ? TrimPadding(written) : written);
        }

        return text.ToString();
    }

    private static string? Directive(char directive, DateTimeOffset time) => directive switch
    {
        'a' => In(time, "ddd"),
        'A' => In(time, "dddd"),
        'b' or 'h' => In(time, "MMM"),
        'B' => In(time, "MMMM"),
        'c' => In(time, "ddd MMM ") + Padded(time.Day, 2, ' ') + In(time, " HH:mm:ss yyyy"),
        'd' => In(time, "dd"),
        'D' or 'x' => In(time, "MM/dd/yy"),
        'e' => Padded(time.Day, 2, ' '),
        'f' => In(time, "ffffff"),
        'F' => In(time, "yyyy-MM-dd"),
        'H' => In(time, "HH"),
        'I' => In(time, "hh"),
        'j' => Padded(time.DayOfYear, 3, '0'),
        'm' => In(time, "MM"),
        'M' => In(time, "mm"),
        'n' => "\n",
        'p' => time.Hour < 12 ? "AM" : "PM",
        'R' => In(time, "HH:mm"),
        'S' => In(time, "ss"),
        't' => "\t",
        'T' or 'X' => In(time, "HH:mm:ss"),
        'u' => Padded(time.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)time.DayOfWeek, 1, '0'),
        'w' => Padded((int)time.DayOfWeek, 1, '0'),
        'y' => In(time, "yy"),
        'Y' => In(time, "yyyy"),
        'z' => In(time, "zzz").Replace(":", "", StringComparison.Ordinal),
        '%' => "%",
        _ => null,
    };

    private static string In(DateTimeOffset time, string format) => time.ToString(format, CultureInfo.InvariantCulture);

    private static string Padded(int number, int width, char padding) =>
        number.ToString(CultureInfo.InvariantCulture).PadLeft(width, padding);

    private static string TrimPadding(string written) => written[..^1].TrimStart('0', ' ') + written[^1];
}
