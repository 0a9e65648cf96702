using System.Globalization;

namespace Gateway.Budgets;

/// <summary>Amounts as text.</summary>
internal static class Amounts
{
    public static string Text(long amount) => amount.ToString(CultureInfo.InvariantCulture);

    public static long Parse(string text) => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}
