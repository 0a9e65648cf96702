using System.Globalization;

namespace Gateway.Budgets.Reports;

/// <summary>
/// Nano-US-dollars as dollars. Sums are made of whole nano-dollars and only then written: exactly, or rounded to cents. A total is rounded by
/// itself, so it may differ by cents from the sum of rounded lines, and is the one that is right.
/// </summary>
public static class Usd
{
    private const long Nanos = 1_000_000_000;
    private const long NanosPerCent = Nanos / 100;

    internal const string ExactFormat = "0.00#######";

    /// <summary>Exactly, with 2 to 9 decimals: <c>12.50</c>, <c>0.000000001</c>.</summary>
    public static string Exact(long nanos) => Dollars(nanos).ToString(ExactFormat, CultureInfo.InvariantCulture);

    /// <summary>To the cent, half a cent away from zero: <c>1,234.50</c>.</summary>
    public static string Cents(long nanos) => (WholeCents(nanos) / 100m).ToString("#,##0.00", CultureInfo.InvariantCulture);

    /// <summary>In cents, half a cent away from zero.</summary>
    public static long WholeCents(long nanos) => (long)Math.Round(nanos / (decimal)NanosPerCent, MidpointRounding.AwayFromZero);

    internal static decimal Dollars(long nanos) => nanos / (decimal)Nanos;

    /// <summary>In nano-dollars, half a nano-dollar away from zero.</summary>
    /// <exception cref="OverflowException">It is more than 9 billion dollars.</exception>
    public static long Of(decimal dollars) => (long)Math.Round(dollars * Nanos, MidpointRounding.AwayFromZero);
}
